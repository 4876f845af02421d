package guesttest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// database is a cluster of PostgreSQL on a guest.
type database struct {
	m *machine
	// programs is the directory of the server's programs, data that of the cluster, sockets that of its socket.
	programs, data, sockets string
}

// postgresPrograms is the directory of the newest server that is installed.
func postgresPrograms(tb testing.TB) string {
	tb.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err == nil && len(found) > 0 {
		return found[len(found)-1]
	}
	if os.Getenv(requireVariable) != "" {
		tb.Fatalf("PostgreSQL's server is not installed (%s is set)", requireVariable)
	}
	tb.Skip("PostgreSQL's server is not installed")
	return ""
}

// newDatabase prepares a directory for a cluster that belongs to the user postgres.
func newDatabase(m *machine) *database {
	m.lab.tb.Helper()
	d := &database{m: m, programs: postgresPrograms(m.lab.tb)}
	owner, err := user.Lookup("postgres")
	if err != nil {
		m.lab.tb.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "guesttest-postgres-") // the test's own directory is closed to the user postgres
	if err != nil {
		m.lab.tb.Fatal(err)
	}
	m.lab.tb.Cleanup(func() {
		if m.lab.tb.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			m.lab.tb.Logf("PostgreSQL on %s:\n%s", m.name, log)
		}
		_ = os.RemoveAll(dir)
	})
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		m.lab.tb.Fatal(err)
	}
	d.data, d.sockets = filepath.Join(dir, "data"), dir
	return d
}

// run runs one of the server's programs as its user.
func (d *database) run(program string, args ...string) string {
	d.m.lab.tb.Helper()
	return d.m.run("runuser", append([]string{"-u", "postgres", "--", filepath.Join(d.programs, program)}, args...)...)
}

func (d *database) start() {
	d.m.lab.tb.Helper()
	d.run("pg_ctl", "-D", d.data, "-l", filepath.Join(d.sockets, "log"), "-w", "-t", "30", "start")
}

// configure adds a setting to the cluster.
func (d *database) configure(lines ...string) {
	d.m.lab.tb.Helper()
	file, err := os.OpenFile(filepath.Join(d.data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		d.m.lab.tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := file.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		d.m.lab.tb.Fatal(err)
	}
}

// query asks the cluster on its own guest.
func (d *database) query(sql string) string {
	d.m.lab.tb.Helper()
	return strings.TrimSpace(d.run("psql", "-h", d.sockets, "-XAtqc", sql))
}

// connection is how clients connect. They notice within three seconds that no host answers.
const connection = "host=10.77.1.10 user=postgres dbname=postgres connect_timeout=2 tcp_user_timeout=3000 options='-c statement_timeout=2s'"

// primary makes a cluster that takes clients of the VPC.
func (d *database) primary() {
	d.m.lab.tb.Helper()
	d.run("initdb", "-D", d.data, "-A", "trust", "-k", "--no-sync")
	d.configure("listen_addresses = '*'", "unix_socket_directories = '"+d.sockets+"'", "shared_buffers = 16MB", "fsync = off",
		"wal_keep_size = 64MB",    // pg_rewind needs what was written since the last checkpoint that both have
		"wal_sender_timeout = 5s") // a stop waits so long for a replica that does not answer any more; the default is a minute
	hba, err := os.OpenFile(filepath.Join(d.data, "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		d.m.lab.tb.Fatal(err)
	}
	defer func() { _ = hba.Close() }()
	if _, err := hba.WriteString("host all,replication all 10.77.0.0/16 trust\n"); err != nil {
		d.m.lab.tb.Fatal(err)
	}
	d.start()
	d.query("CREATE TABLE orders (n int PRIMARY KEY)")
}

// follow makes a cluster a replica of the one at the moved address.
func (d *database) follow() {
	d.m.lab.tb.Helper()
	d.configure("unix_socket_directories = '"+d.sockets+"'", "primary_conninfo = 'host=10.77.1.10 user=postgres tcp_user_timeout=3000 application_name="+d.m.name+"'")
	d.run("pg_ctl", "-D", d.data, "-l", filepath.Join(d.sockets, "log"), "-w", "-t", "30", "start")
}

// promote runs the command of examples/promote-replica.yaml, as Systems Manager would.
func (d *database) promote() string {
	d.m.lab.tb.Helper()
	template, err := os.ReadFile(example(d.m.lab.tb, "promote-replica.yaml"))
	if err != nil {
		d.m.lab.tb.Fatal(err)
	}
	_, command, found := strings.Cut(string(template), "- sudo -u postgres psql ")
	command, _, _ = strings.Cut(command, "\n")
	if !found {
		d.m.lab.tb.Fatal("examples/promote-replica.yaml has no command for psql")
	}
	return d.m.run("runuser", "-u", "postgres", "--", "sh", "-c",
		fmt.Sprintf("PGHOST=%s PATH=%s:$PATH; export PGHOST PATH; psql %s", d.sockets, d.programs, command))
}

// waitingClient starts a client that waits for a long query, and may hear nothing after a moment. It returns when the client has
// given up.
func waitingClient(l *lab, programs string, deaf bool) chan time.Time {
	l.tb.Helper()
	page, err := os.ReadFile("../../../docs/guest.md")
	if err != nil {
		l.tb.Fatal(err)
	}
	settings := strings.Join(strings.Fields(regexp.MustCompile(`keepalives_idle=[^`+"`"+`]*`).FindString(string(page))), " ")
	if !strings.Contains(settings, "tcp_user_timeout=") {
		l.tb.Fatalf("docs/guest.md has the settings %q", settings)
	}
	name := map[bool]string{false: "waits", true: "deaf"}[deaf]
	m := l.machine(name, "")
	host := map[bool]int{false: 51, true: 52}[deaf]
	l.connect(m, 3, host)
	m.run("ip", "addr", "add", v4(3, host).String()+"/24", "dev", "eth0")
	m.run("ip", "link", "set", "eth0", "up")
	m.run("ip", "route", "add", "default", "via", v4(3, 1).String())
	m.start("sh", "-c", fmt.Sprintf(`%s "host=10.77.1.10 user=postgres dbname=postgres %s" -XAtqc "SELECT pg_sleep(600)"; echo $? >/run/ended`,
		filepath.Join(programs, "psql"), settings))
	l.eventually(name+" is connected", func() bool { return strings.Contains(m.run("ss", "-Htn", "dport = :5432"), "ESTAB") })
	time.Sleep(500 * time.Millisecond) // the query is under way
	if deaf {
		m.run("nft", "table inet deaf { chain input { type filter hook input priority 0; policy drop; }; }")
	}
	start, noticed := time.Now(), make(chan time.Time, 1)
	go func() {
		for time.Since(start) < time.Minute {
			if m.command("test", "-s", "/run/ended").Run() == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		noticed <- time.Now()
	}()
	return noticed
}

// examples/monitors/postgres.sh with the real psql and pg_isready: it reports a primary that does not answer, and has it confirmed
// by a replica that does. What stands in for the AWS CLI knows an attachment, and keeps what is put on the bus.
func TestMonitorOfPostgres(t *testing.T) {
	t.Parallel()
	programs := postgresPrograms(t)
	l := newLab(t)
	l.serveDHCP()
	a, b, client, n := l.networkd("a", 21), l.static("b", 22), l.client(1), l.networkInterface(1)
	a.prepare(n)
	n.move(a)
	l.eventually("the address", func() bool { return a.has(n.v4) })
	first, second := newDatabase(a), newDatabase(b)
	first.primary()
	second.run("pg_basebackup", "-D", second.data, "-R", "-d", "host=10.77.1.10 user=postgres", "-c", "fast", "--no-sync")
	second.follow()
	client.write("/run/bin/aws", `#!/bin/sh
case $1 in
ec2) echo >"/run/knows-$WITNESS"; echo eni-attach-0a1b2c3d4e5f60001 ;;
*) printf '%s\n' "$*" >>"/run/put-$WITNESS" ;;
esac
`)
	client.run("chmod", "+x", "/run/bin/aws")
	witnesses := map[string]bool{v4(1, 22).String(): true, v4(1, 99).String(): false}
	for witness := range witnesses {
		client.start("env", "PATH=/run/bin:"+programs+":"+os.Getenv("PATH"), "INTERFACE=eni-0a1b2c3d4e5f60001", "PGHOST="+n.v4.String(),
			"PGUSER=postgres", "WITNESS="+witness, example(t, "monitors/postgres.sh"))
	}
	for witness := range witnesses { // a monitor reports only what it has seen answer
		l.eventually("the monitor knows the attachment", func() bool {
			_, status := client.try("test", "-e", "/run/knows-"+witness)
			return status == 0
		})
	}
	time.Sleep(3 * time.Second)
	for witness := range witnesses {
		if out, status := client.try("test", "-e", "/run/put-"+witness); status == 0 {
			t.Errorf("while PostgreSQL answers, it is reported: %s", out)
		}
	}
	first.run("pg_ctl", "-D", first.data, "-m", "immediate", "stop")
	for witness, confirmed := range witnesses {
		l.eventually("a report", func() bool {
			_, status := client.try("test", "-s", "/run/put-"+witness)
			return status == 0
		})
		want := fmt.Sprintf(`\"attachmentId\":\"eni-attach-0a1b2c3d4e5f60001\",\"check\":\"SELECT 1\",\"confirmed\":%v}`, confirmed)
		if got := client.run("cat", "/run/put-"+witness); !strings.Contains(got, want) {
			t.Errorf("the witness %s: %s, want %s", witness, got, want)
		}
	}
}

// TestPostgres is the story of docs/stories.md: a primary, a replica that is promoted when the interface has come, clients that
// connect again, and what is lost.
func TestPostgres(t *testing.T) {
	t.Parallel()
	for _, synchronous := range []bool{false, true} {
		t.Run(map[bool]string{false: "asynchronous", true: "synchronous"}[synchronous], func(t *testing.T) {
			t.Parallel()
			testPostgres(t, synchronous)
		})
	}
}

func testPostgres(t *testing.T, synchronous bool) {
	programs := postgresPrograms(t)
	l := newLab(t)
	l.serveDHCP()
	a, b := l.networkd("a", 21), l.networkd("b", 22)
	client, n := l.client(3), l.networkInterface(1)
	a.prepare(n)
	b.prepare(n)
	n.move(a)
	l.eventually("the addresses", func() bool { return a.has(n.v4) && b.has(v4(1, 22)) })
	first, second := newDatabase(a), newDatabase(b)
	first.primary()
	second.run("pg_basebackup", "-D", second.data, "-R", "-d", "host=10.77.1.10 user=postgres", "-c", "fast", "--no-sync")
	second.follow()
	if synchronous {
		first.configure("synchronous_standby_names = '*'")
		first.run("pg_ctl", "-D", first.data, "reload")
	}
	streams := map[bool]string{false: "1|async", true: "1|sync"}[synchronous]
	l.eventually("the replica streams", func() bool {
		return first.query("SELECT count(*), min(sync_state) FROM pg_stat_replication WHERE state = 'streaming'") == streams
	})

	// write sends one row on a new connection. It reports whether PostgreSQL has confirmed it, and what it said.
	write := func(row int) (confirmed bool, said string) {
		// A commit that waits for its replica does not end by statement_timeout.
		out, status := client.try("timeout", "3", filepath.Join(programs, "psql"), connection, "-XAtqc", fmt.Sprintf("INSERT INTO orders VALUES (%d) ON CONFLICT DO NOTHING", row))
		return status == 0, out
	}
	var confirmed []string
	row := 0
	writes := func(count int, confirms bool) {
		for range count {
			row++
			ok, said := write(row)
			if confirms && !ok { // a busy machine may take longer than a client waits
				l.eventually(said, func() bool { ok, _ = write(row); return ok })
			}
			if ok {
				confirmed = append(confirmed, strconv.Itoa(row))
			}
		}
	}
	writes(3, true)
	l.eventually("the replica has them", func() bool { return second.query("SELECT count(*) FROM orders") == "3" })

	// The replica is cut off for a moment, and clients write on.
	b.run("nft", "table inet cut { chain input { type filter hook input priority 0; tcp sport 5432 drop; }; }")
	writes(2, !synchronous)
	wantConfirmed := map[bool]int{false: 5, true: 3}[synchronous]
	if len(confirmed) != wantConfirmed {
		t.Errorf("%d rows are confirmed, want %d", len(confirmed), wantConfirmed)
	}

	// Two clients that only wait on a connection, with the settings of docs/guest.md. One of them hears nothing any more.
	notices := make(map[bool]chan time.Time)
	for _, deaf := range []bool{false, true} {
		notices[deaf] = waitingClient(l, programs, deaf)
	}

	start := time.Now()
	n.move(b)
	b.run("nft", "delete table inet cut")
	l.eventually("the new holder answers", func() bool {
		_, status := client.try(filepath.Join(programs, "psql"), connection, "-XAtqc", "SELECT 1")
		return status == 0
	})
	reads := time.Since(start)
	l.eventually("nobody writes before the promotion", func() bool {
		ok, said := write(100)
		if ok {
			t.Fatal("a row was written before the promotion")
		}
		return strings.Contains(said, "read-only transaction")
	})
	for range 2 { // the event can come twice
		if got := second.promote(); got != "t\n" {
			t.Errorf("the promotion says %q", got)
		}
	}
	l.eventually("a client writes", func() bool { ok, _ := write(100); return ok })
	t.Logf("after the move, clients read after %v and write after %v", reads, time.Since(start))
	for deaf, noticed := range notices {
		if after := (<-noticed).Sub(start); after > 20*time.Second {
			t.Errorf("a client that only waits, deaf %v, notices after %v", deaf, after)
		} else {
			t.Logf("a client that only waits, deaf %v, notices after %v", deaf, after)
		}
	}

	kept := strings.Fields(second.query("SELECT string_agg(n::text, ' ' ORDER BY n) FROM orders WHERE n < 100"))
	var lost []string
	for _, row := range confirmed {
		if !slices.Contains(kept, row) {
			lost = append(lost, row)
		}
	}
	if want := map[bool]string{false: "4 5", true: ""}[synchronous]; strings.Join(lost, " ") != want {
		t.Errorf("confirmed rows that are lost: %q, want %q", lost, want)
	}

	// Nothing fences the old primary: clients at its own address still write there.
	first.query("SET synchronous_commit = local; INSERT INTO orders VALUES (200)")
	// It comes back as a replica of the new one, without what only it had.
	first.run("pg_ctl", "-D", first.data, "-m", "fast", "stop")
	second.query("CHECKPOINT") // before version 16, pg_rewind sees the promotion only after a checkpoint
	first.run("pg_rewind", "-D", first.data, "--source-server", "host=10.77.1.10 user=postgres dbname=postgres", "--no-sync")
	if err := exec.CommandContext(t.Context(), "install", "-o", "postgres", "/dev/null", filepath.Join(first.data, "standby.signal")).Run(); err != nil {
		t.Fatal(err)
	}
	first.configure("synchronous_standby_names = ''")
	first.follow()
	l.eventually("a client writes after the return", func() bool { ok, _ := write(101); return ok })
	want := second.query("SELECT string_agg(n::text, ' ' ORDER BY n) FROM orders")
	l.eventually("the old primary has what the new one has", func() bool {
		return first.query("SELECT string_agg(n::text, ' ' ORDER BY n) FROM orders") == want
	})
}
