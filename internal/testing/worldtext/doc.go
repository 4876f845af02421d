// Package worldtext reads an account from a few lines of text: the worlds of tests in which plans and audits are made.
// It makes the data that a look at the account would make, without AWS, so that such tests are fast and can be read.
//
// Each line names an instance (i-…), an interface (eni-…), a type or the policy, and then fields: NAME=VALUE, NAME alone
// for yes, and NAME=no for no. A field that is not given has its usual value. Durations are counted back from [Now]. A
// later line about the same thing changes the fields that it names; the field gone removes the thing. Text after # is a
// comment.
//
//	i-a         a running member of group db, On-Demand, checks ok, type m5, of zone a and VPC v
//	  name=db-a                       its Name tag
//	  type=m5 az=a vpc=v state=STATE|unasked confirmed spot
//	  groups=db,web|- priority=N start  its tags; a value that is not valid makes a malformed tag
//	  request=none|pending|unknown    what its Spot request says
//	  on-interruption=terminate|stop|hibernate
//	  checks=SYSTEM/INSTANCE[/EBS[/APPLICATION]] impaired-for=6m  (ok, impaired, initializing, insufficient-data, unknown)
//	  up=24h|never                    the time since its launch; never: the launch time is not known
//	  asg=InService|unknown           its state in its Auto Scaling group
//	  taken=2,3                       device indexes of interfaces that are not managed; elsewhere=N: on other cards
//	  keys=KEY,KEY                    the keys that encrypt its volumes
//	  subnet=s|- primary=eni-p source-dest-check=off  its primary interface
//	eni-1       an unattached interface of group db in zone a and VPC v, with one IPv4 address
//	  on=i-a index=1 card=0 status=attached|attaching|detaching|detached age=1h account=theirs delete-on-termination
//	  service                         it is attached to no instance: a service uses it
//	  group=db|- paused hosted-zone=Z left=i-b/5m   its tags; a value that is not valid makes a malformed tag
//	  probe=tcp:5432,for:5s|- reached=eni-attach-1  likewise; the words of the probe have commas between
//	  az=a vpc=v subnet=t source-dest-check=off regrouped kind=interface requester operator
//	  ipv4=1 ipv6=0 prefix4=0 prefix6=0
//	type m5     cards=3 (on card 0) total=3 ipv4=10 ipv6=10 xen
//	policy      grace=15s cooldown=10m impaired-after=5m|0 rebalance groups=db,web start
package worldtext
