# Sourced by the scripts beside it. A mirror or a registry that fails once must not fail a run.

# retry COMMAND... runs a single command until it succeeds, at most four times. Not for a function of several commands: there
# a failure in the middle would pass.
retry() {
	local n
	for n in 5 10 20; do
		"$@" && return
		echo "failed, and tried again in $n s: $*" >&2
		sleep "$n"
	done
	"$@"
}

# apt_install PACKAGE... installs packages of Debian. `apt-get update` succeeds when it could read no index, so the whole is
# tried again.
apt_install() {
	retry try_apt_install "$@"
}

try_apt_install() {
	apt-get -o DPkg::Lock::Timeout=300 update -qq &&
		DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@"
}
