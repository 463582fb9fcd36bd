/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/seccomp.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>

/* Which argument of clone() has its flags. */
#ifdef __s390__
#define CLONE_FLAGS(...) SCMP_A1(__VA_ARGS__)
#else
#define CLONE_FLAGS(...) SCMP_A0(__VA_ARGS__)
#endif

/* By name, since an architecture may lack some of them. */
static const char *const given_up[] = {
/* Other programs and processes. Sanitizers need them, to name places and to trace threads. */
#ifndef ASSAY_SANITIZED
	"execve",
	"execveat",
	"fork",
	"vfork",
	"ptrace",
#endif
	"process_vm_readv",
	"process_vm_writev",
	"process_madvise",
	"pidfd_getfd",
	"kcmp",
	/* Other privileges, names and roots. */
	"setuid",
	"setreuid",
	"setresuid",
	"setgid",
	"setregid",
	"setresgid",
	"setgroups",
	"capset",
	"chroot",
	"pivot_root",
	"mount",
	"umount",
	"umount2",
	"move_mount",
	"open_tree",
	"fsopen",
	"fsmount",
	"fsconfig",
	"fspick",
	"mount_setattr",
	"unshare",
	"setns",
	"name_to_handle_at",
	"open_by_handle_at",
	"mknod",
	"mknodat",
	"quotactl",
	"quotactl_fd",
	/* The kernel itself, and its least used doors. */
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"keyctl",
	"add_key",
	"request_key",
	"modify_ldt",
	"iopl",
	"ioperm",
	"syslog",
	"acct",
	"reboot",
	"swapon",
	"swapoff",
	"vhangup",
	"settimeofday",
	"clock_settime",
	"clock_adjtime",
	"adjtimex",
	"sethostname",
	"setdomainname",
	"lookup_dcookie",
	"nfsservctl",
	"uselib",
	"ustat",
	"sysfs",
	"_sysctl",
	"personality",
};

/* Families of sockets that a filter uses: its own, and the one by which libc learns of addresses.
 */
static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int give_up_calls(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(given_up) / sizeof(*given_up); i++) {
		int call = seccomp_syscall_resolve_name(given_up[i]);
		int failed = call == __NR_SCMP_ERROR
		                     ? 0
		                     : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);

		/* One that this architecture doesn't have needs no rule. */
		if (failed != 0 && failed != -EDOM)
			return failed;
	}
	return 0;
}

#ifndef ASSAY_SANITIZED
/* A thread is started by clone() or clone3(), whose flags a filter can't see: libc tries clone()
 * where there is no clone3(). A process of its own, and names of its own, are not for a filter. */
static int give_up_processes(scmp_filter_ctx filter)
{
	int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (failed == 0)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		                          CLONE_FLAGS(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	return failed;
}
#endif

/* The highest is found from above, so that those above it need a single rule. */
static int give_up_families(scmp_filter_ctx filter)
{
	int failed = 0;

	for (int family = 0; failed == 0 && family <= AF_NETLINK; family++) {
		bool used = false;

		for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
			used = used || families[i] == family;
		if (!used)
			failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
			                          SCMP_SYS(socket), 1,
			                          SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	}
	if (failed == 0)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
		                          SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
	return failed;
}

static int restrict_to(scmp_filter_ctx filter)
{
	int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/* Where it can be had: older kernels would slow down every thread that has a filter, and
	 * many rules are told apart by halves. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (failed == 0)
		failed = give_up_calls(filter);
#ifndef ASSAY_SANITIZED
	if (failed == 0)
		failed = give_up_processes(filter);
#endif
	if (failed == 0)
		failed = give_up_families(filter);
	return failed == 0 ? seccomp_load(filter) : failed;
}

bool seccomp_restrict(struct error *err_r)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed;

	if (filter == NULL)
		return error_set(err_r, "no memory for its rules");
	failed = restrict_to(filter);
	seccomp_release(filter);
	return failed == 0 || error_set(err_r, "%s", strerror(-failed));
}
