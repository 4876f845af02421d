package awssim_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// Well-formed ids that do not exist.
const (
	noInterface  = "eni-0ffffffffffffffff"
	noInstance   = "i-0ffffffffffffffff"
	noAttachment = "eni-attach-0ffffffffffffffff"
	noVolume     = "vol-0ffffffffffffffff"
)

// sequences returns the sequences of calls of the conformance suite. Each starts with a new account.
func sequences() map[string][]step {
	return map[string][]step{
		"interfaces": {
			interfaces(""), interfaces("tag-key=eni-failover:group"), interfaces("tag-key=eni-*"), interfaces("tag-key=eni-failover:Group"),
			interfaces("tag:eni-failover:group=db"), interfaces("tag:eni-failover:group=d?"), interfaces("tag:eni-failover:group=DB"),
			interfaces("tag:eni-failover:group=db,web"), interfaces("tag:eni-failover:group=db tag:Name=spare"), interfaces("tag:none=*"),
			interfaces("status=available"), interfaces("status=in-use"), interfaces("attachment.instance-id=@holder"),
			interfaces("attachment.attachment-id=@service-attachment"), interfaces("attachment.attachment-id=" + noAttachment),
			interfaces("network-interface-id=@service,@spare," + noInterface), interfaces("availability-zone=eu-west-1b"),
			interfaces("vpc-id=@vpc tag-key=Name"), interfaces("subnet-id=@subnet-b"), interfaces("private-ip-address=@service-address"),
			interfaces("requester-managed=true"), interfaces("interface-type=interface tag-key=Name"), interfaces("attachment.status=attached"),
			interfaces("attachment.device-index=1"),
			interfaces("id=@service"), interfaces("id=@service,@spare"), interfaces("id=@service tag:Name=spare"),
			interfaces("id=" + noInterface), interfaces("id=@service," + noInterface), interfaces("id=@holder"), interfaces("no-such-filter=x"),
			interfaces("max=1000 tag-key=Name"), interfaces("max=1000 network-interface-id=@service,@spare"), interfaces("max=5"), interfaces("max=4"), interfaces("max=1001"), interfaces("max=5 id=@service"),
		},
		"instances": {
			instances(""), instances("tag-key=eni-failover:group"), instances("tag:eni-failover:group=*db*"), instances("tag:eni-failover:group=db"),
			instances("tag:eni-failover:group=db+web"), instances("instance-state-name=running"), instances("instance-state-name=stopped,stopping"),
			instances("instance-state-code=16"), instances("instance-id=@holder," + noInstance), instances("vpc-id=@vpc"), instances("subnet-id=@subnet-b"),
			instances("instance-type=t3.*"), instances("availability-zone=eu-west-1b"), instances("instance-lifecycle=spot"),
			instances("private-ip-address=@holder-primary-address"), instances("network-interface.network-interface-id=@service"),
			instances("id=@holder"), instances("id=@holder,@standby"), instances("id=@holder tag:Name=standby"),
			instances("id=" + noInstance), instances("id=@holder," + noInstance), instances("id=i-nonsense"), instances("no-such-filter=x"),
			instances("max=5 tag-key=none"), instances("max=1000 instance-id=@holder tag-key=eni-failover:group"),
			instances("instance-id=@member tag-key=eni-failover:group"), instances("max=4"), instances("max=1001"), instances("max=5 id=@holder"),
		},
		"status": {
			status(""), status("id=@holder"), status("id=@holder," + noInstance), status("id=i-nonsense"), status("instance-state-name=running"),
			status("instance-state-name=stopped"), status("system-status.status=impaired"), status("availability-zone=eu-west-1b"),
			status("max=4"), status("max=5 id=@holder"),
			stop("@standby"), status(""), status("all"), status("id=@standby"), status("id=@standby all"), status("instance-state-name=stopped all"),
		},
		"types": {
			instanceTypes("id=t2.nano,t2.micro,t2.small,t2.medium,t2.large,t2.xlarge,t2.2xlarge"),
			instanceTypes("id=t3.nano,t3.micro,t3.small,t3.medium,t3.large,t3.xlarge,t3.2xlarge"),
			instanceTypes("id=t3a.nano,t3a.micro,t3a.small,t3a.medium,t3a.large,t3a.xlarge,t3a.2xlarge"),
			instanceTypes("id=t4g.nano,t4g.micro,t4g.small,t4g.medium,t4g.large,t4g.xlarge,t4g.2xlarge"),
			instanceTypes("id=m4.large,m4.xlarge,m5.large,m5.xlarge,m5.2xlarge,m5.4xlarge,m6i.large,m6i.xlarge,m6i.2xlarge,m6i.4xlarge"),
			instanceTypes("id=m7i.large,m7i.xlarge,m7i.2xlarge,m7i.4xlarge,c5.large,c5.xlarge,c5.2xlarge,c5.4xlarge,c6i.large,c6i.xlarge,c6i.2xlarge,c6i.4xlarge"),
			instanceTypes("id=c7i.large,c7i.xlarge,c7i.2xlarge,c7i.4xlarge,r5.large,r5.xlarge,r5.2xlarge,r5.4xlarge,r6i.large,r6i.xlarge,r6i.2xlarge,r6i.4xlarge"),
			instanceTypes("id=m6g.medium,m6g.large,m6g.xlarge,m6g.2xlarge,m6g.4xlarge,m7g.medium,m7g.large,m7g.xlarge,m7g.2xlarge,m7g.4xlarge"),
			instanceTypes("id=c6g.medium,c6g.large,c6g.xlarge,c6g.2xlarge,c6g.4xlarge,c7g.medium,c7g.large,c7g.xlarge,c7g.2xlarge,c7g.4xlarge"),
			instanceTypes("id=r6g.medium,r6g.large,r6g.xlarge,r6g.2xlarge,r6g.4xlarge"), instanceTypes("id=p4d.24xlarge"),
			instanceTypes("id=t9.huge"), instanceTypes("id=m5.large,t9.huge"), instanceTypes("instance-type=m5.large"), instanceTypes("max=100 instance-type=m5.large,t3.micro,t9.huge"), instanceTypes("id=m5.large instance-type=t3.*"), instanceTypes("max=101"),
		},
		"tags": {
			tags("resource-id=@service"), tags("key=eni-failover:group"), tags("key=eni-failover:group value=*db*"),
			tags("resource-type=network-interface key=Name"), tags("resource-type=instance key=eni-failover:group"), tags("tag:Name=service"),
			tags("max=1000 resource-type=instance key=eni-failover:group value=db,web,*+web,web+*"), tags("resource-type=instance key=eni-failover:group resource-id=@holder"),
			tags("resource-id=" + noInterface),
			tag("@service,@holder eni-failover:left=i-1"), tag("@service eni-failover:left=i-2"), tags("key=eni-failover:left"),
			untag("@service eni-failover:left=i-1"), tags("key=eni-failover:left"), untag("@holder eni-failover:left"), untag("@holder never-there"),
			tags("key=eni-failover:left"), untag("@service eni-failover:left="), untag("@service"), tags("resource-id=@service"),
			tag("@service empty="), tags("resource-id=@service"), interfaces("tag-key=empty"),
			tag(noInterface + " k=v"), tag("nonsense k=v"), tag("@spare," + noInterface + " k=v"), tags("key=k"), untag(noInterface + " k"),
			tag("@service aws:k=v"), tag("@service " + strings.Repeat("k", 129) + "=v"), tag("@service k=" + strings.Repeat("v", 257)),
			tag("@service " + manyTags(50)), tag("@service k=1 k=2"),
		},
		"VPCs and subnets": {
			vpcs("id=@vpc"), vpcs("vpc-id=@vpc"), vpcs("id=vpc-0ffffffffffffffff"),
			subnets("id=@subnet-a,@subnet-b"), subnets("vpc-id=@vpc"), subnets("vpc-id=@vpc availability-zone=eu-west-1b"),
			subnets("id=subnet-0ffffffffffffffff"),
		},
		"move": {
			detach("@service-attachment"), interfaces("tag-key=Name"), instances("id=@holder"), detach("@service-attachment"),
			attach("@service to @standby at 1"), interfaces("id=@service"), instances("id=@standby"), detach("@service-attachment"),
			detach("@service-attachment-2 by force"), interfaces("id=@service"),
		},
		"attach refused": {
			attach("@spare to " + noInstance + " at 2"), attach(noInterface + " to @holder at 2"), attach("@spare to i-nonsense at 2"),
			interfaces("id=@spare"),
		},
		"attach what is in use":      {attach("@service to @standby at 1")},
		"attach at an index taken":   {attach("@spare to @holder at 1")},
		"attach as primary":          {attach("@spare to @holder at 0")},
		"attach in another zone":     {attach("@far to @holder at 2")},
		"attach over the limit":      {attach("@spare to @standby at 1"), detach("@service-attachment"), attach("@service to @standby at 2")},
		"detach refused":             {detach(noAttachment), detach("@service"), interfaces("id=@service")},
		"detach a primary interface": {detach("@holder-primary-attachment")},
		"modify": {
			modify("@spare check=false"), interfaces("id=@spare"), modify("@spare check=true"), interfaces("id=@spare"),
			modify("dry @spare check=false"), modify(noInterface + " check=false"), modify("@service keep @service-attachment"), interfaces("id=@service"),
			modify("@service keep " + noAttachment), checkInstance("@standby", false), interfaces("id=@standby-primary"), checkInstance("@holder", false), checkInstance(noInstance, false),
		},
		"stop and start": {
			stop("@holder"), instances("id=@holder"), interfaces("id=@service"), stop("@holder"), detach("@service-attachment"),
			attach("@service to @holder at 1"), start("@holder"), instances("id=@holder"), start("@holder"),
			stop(noInstance), start(noInstance), start("i-nonsense"), stop("@standby"), start("@holder,@standby"), stop("@far-instance"),
		},
		"terminate": {
			terminate("@holder,@standby"), instances("id=@holder"), interfaces(""), instances("instance-state-name=terminated"), tags("resource-id=@holder"),
			terminate("@holder"), start("@holder"), stop("@holder"), attach("@spare to @holder at 1"), terminate(noInstance),
		},
		"dry runs": {
			attach("dry @spare to @standby at 1"), attach("dry " + noInterface + " to @standby at 1"), detach("dry @service-attachment"), detach("dry " + noAttachment),
			tag("dry @service k=v"), untag("dry @service Name"), start("dry @holder"), stop("dry @holder"), terminate("dry @holder"),
			interfaces(""), instances("id=@holder"),
		},
		"Spot": {spots(""), spots("instance-id=@far-instance"), spots("instance-id=@holder"), spots("status-code=marked-for-*"), spots("id=sir-0ffffffffffffffff")},
		"volumes": {
			volumes(""), volumes("attachment.instance-id=@holder"), volumes("attachment.instance-id=@standby," + noInstance), volumes("encrypted=true"),
			volumes("volume-id=@data"), volumes("status=in-use"), volumes("attachment.status=attached"), volumes("availability-zone=eu-west-1b"), volumes("id=@data"),
			volumes("id=" + noVolume), volumes("id=vol-nonsense"), volumes("no-such-filter=x"), volumes("max=5 attachment.instance-id=@holder"), volumes("max=4"), volumes("max=5 id=@data"),
		},
		"zones": {
			zonesIn("@vpc"), zonesIn("vpc-0ffffffffffffffff"), zonesIn("@vpc in us-east-1"),
			records("@zone"), records("@zone db.corp.internal"), records("@zone db.corp.internal. A 1"), records("@zone DB.corp.internal A 1"),
			records("@zone a.corp.internal A 1"), records("@zone z.corp.internal"), records("@zone db.corp.internal AAAA"), records("@empty-zone"), records("Z0000000099"),
		},
		"records": {
			changeRecords("zone", "CREATE web.corp.internal A 60 10.1.1.11"), records("@zone web.corp.internal A 1"), changeStatus("new change 1"),
			changeRecords("zone", "UPSERT web.corp.internal A 30 10.1.1.12 10.1.1.13"), records("@zone web.corp.internal. A 1"),
			changeRecords("zone", "CREATE *.corp.internal CNAME 60 db.corp.internal"), records("@zone *.corp.internal CNAME 1"),
			changeRecords("zone", "CREATE NEW.Corp.Internal A 60 10.1.1.14"), records("@zone new.corp.internal A 1"),
			changeRecords("zone", "DELETE web.corp.internal A 30 10.1.1.12 10.1.1.13"), records("@zone web.corp.internal A 1"),
		},
		"records as sets": {
			changeRecords("zone", "CREATE web.corp.internal A 60 10.1.1.12 10.1.1.13"),
			changeRecords("zone", "DELETE web.corp.internal A 60 10.1.1.13 10.1.1.12"),
		},
		"records refused": {
			changeRecords("zone", "CREATE db.corp.internal A 60 10.1.1.11"), changeRecords("zone", "DELETE db.corp.internal A 60 10.1.1.11"),
			changeRecords("zone", "DELETE db.corp.internal A 61 10.1.1.10"), changeRecords("zone", "DELETE none.corp.internal A 60 10.1.1.10"),
			changeRecords("zone", "DELETE db.corp.internal A 60 10.1.1.99", "CREATE db.corp.internal A 60 10.1.1.11"), records("@zone db.corp.internal A 1"),
			changeRecords("zone", "DELETE db.corp.internal A 60 10.1.1.10", "CREATE db.corp.internal A 60 10.1.1.11"), records("@zone db.corp.internal A 1"),
			changeRecords("zone", "CREATE db.elsewhere.internal A 60 10.1.1.10"), changeRecords("zone", "CREATE new.corp.internal A 60 nonsense"),
			changeRecords("zone", "CREATE db.corp.internal CNAME 60 x.corp.internal"), changeRecords("zone", "CREATE new.corp.internal A 60 10.1.1.1 10.1.1.1"),
			changeRecords("zone"), changeRecords("Z0000000099", "CREATE db.corp.internal A 60 10.1.1.11"), changeStatus("C0000000099"),
		},
		"scaling": {scaling("id=@member"), scaling(""), scaling("id=@holder,@member"), scaling("id=" + noInstance), instances("id=@member")},
	}
}

// manyTags returns n tags, to reach the limit of a resource.
func manyTags(n int) string {
	var list []string
	for i := range n {
		list = append(list, "k"+string(rune('A'+i/26))+string(rune('a'+i%26))+"=v")
	}
	return strings.Join(list, " ")
}

func perform(t *testing.T, s *suiteAccount, steps []step) (outcomes []outcome) {
	t.Helper()
	for _, step := range steps {
		outcomes = append(outcomes, s.outcomeOf(step.call(t.Context(), s)))
	}
	return outcomes
}

// TestConformance makes the same calls to the simulator and to moto, and compares the replies. Each difference must be
// a known one, and each known difference must occur.
func TestConformance(t *testing.T) {
	t.Parallel() // most of the time is moto's
	server := mototest.Start(t)
	ours := map[string][]outcome{}
	modelled := map[string]bool{} // all fields that the simulator fills
	for name, steps := range sequences() {
		ours[name] = perform(t, simAccount(t), steps)
		for _, o := range ours[name] {
			for field := range o {
				modelled[keyed.ReplaceAllString(field, "[]")] = true
			}
		}
	}
	excused := map[[2]string]bool{} // by place: differences that occurred
	for name, steps := range sequences() {
		motos := perform(t, motoAccount(t, server), steps)
		for n, step := range steps {
			label := name + ": " + step.label
			if asked := count(steps[:n], step.label); asked > 0 {
				label += fmt.Sprintf(", time %d", asked+1)
			}
			for _, d := range compare(label, ours[name][n], motos[n], modelled) {
				place, found := d.explained()
				if !found {
					t.Errorf("new difference: %s", d)
				}
				excused[place] = true
			}
		}
	}
	for _, k := range knownDifferences() {
		for _, place := range k.at {
			if !excused[place] {
				t.Errorf("there is no such difference any more: %s, at %q", k.rule, place)
			}
		}
	}
}

// count returns the number of steps with a label.
func count(steps []step, label string) (n int) {
	for _, s := range steps {
		if s.label == label {
			n++
		}
	}
	return n
}

// explained returns the place of the known difference that covers this one.
func (d difference) explained() (place [2]string, found bool) {
	at := func(pattern, text string) bool {
		// path.Match gives slashes and brackets a meaning that they do not have here.
		clean := strings.NewReplacer("/", "|", "[", "(", "]", ")").Replace
		matched, err := path.Match(clean(pattern), clean(text))
		return matched && err == nil
	}
	for _, k := range knownDifferences() {
		for _, place := range k.at {
			if at(place[0], d.step) && at(place[1], d.field) {
				return place, true
			}
		}
	}
	return place, false
}
