/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/strbuf.h"
#include "base/write_all.h"

struct check_run {
	const struct doctor_check *check;
	pid_t pid; /* -1: there is none */
	int fd;    /* -1: all was read */
	int64_t limit_ms;
	struct deadline deadline;
	bool late;
	struct strbuf output;
};

/* What libraries print is not for the reader of findings. */
static void be_quiet(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static void work(struct doctor *doctor, const struct doctor_check *check, int fd)
{
	char *text;

	/* A group, so that the programs that it runs end with it. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	be_quiet();
	doctor->findings = (struct doctor_findings){ 0 };
	doctor->check = check->name;
	check->run(doctor);
	text = json_dumps(doctor_findings_json(doctor->arena, &doctor->findings), JSON_COMPACT);
	_exit(text != NULL && write_all(fd, str_from(text)) ? 0 : 1);
}

static void start(struct doctor *doctor, struct check_run *run)
{
	int ends[2];

	run->fd = -1;
	run->pid = -1;
	strbuf_init(&run->output, doctor->arena);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	run->deadline = deadline_in_ms(run->limit_ms);
	run->pid = fork();
	if (run->pid == 0) {
		close(ends[0]);
		work(doctor, run->check, ends[1]);
	}
	close(ends[1]);
	if (run->pid < 0)
		close(ends[0]);
	else
		run->fd = ends[0];
}

static void stop_reading(struct check_run *run)
{
	close(run->fd);
	run->fd = -1;
}

static void read_some(struct check_run *run)
{
	ssize_t got = read(run->fd, strbuf_reserve(&run->output, 4096), 4096);

	if (got > 0)
		run->output.len += (size_t)got;
	else if (got == 0 || errno != EINTR)
		stop_reading(run);
}

static void kill_late(struct check_run *run)
{
	run->late = true;
	/* It may not have its group yet. */
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
	stop_reading(run);
}

static int wait_ms(const struct check_run *runs, size_t count)
{
	int64_t least = 60000;

	for (size_t i = 0; i < count; i++) {
		int64_t left = deadline_left_ms(runs[i].deadline);

		if (runs[i].fd >= 0 && left < least)
			least = left;
	}
	return (int)least;
}

static void read_all(struct arena *arena, struct check_run *runs, size_t count)
{
	struct pollfd *fds = arena_calloc(arena, count, sizeof(*fds));
	bool any = true;

	while (any) {
		any = false;
		for (size_t i = 0; i < count; i++)
			fds[i] = (struct pollfd){ .fd = runs[i].fd, .events = POLLIN };
		poll(fds, count, wait_ms(runs, count));
		for (size_t i = 0; i < count; i++) {
			if (runs[i].fd >= 0 && fds[i].revents != 0)
				read_some(&runs[i]);
			if (runs[i].fd >= 0 && deadline_passed(runs[i].deadline))
				kill_late(&runs[i]);
			any = any || runs[i].fd >= 0;
		}
	}
}

/* One that hangs in the kernel can't be waited for, even when it was killed. */
static int status_of(const struct check_run *run)
{
	struct deadline deadline = deadline_in_ms(2000);
	int status = 0;

	while (waitpid(run->pid, &status, WNOHANG) == 0) {
		if (deadline_passed(deadline))
			return -1;
		usleep(2000);
	}
	return status;
}

static void take(struct doctor *doctor, struct check_run *run)
{
	int status = run->pid > 0 ? status_of(run) : -1;

	doctor->check = run->check->name;
	if (run->pid < 0)
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""), "no process can be started for it");
	else if (run->late)
		doctor_tell(doctor, DOCTOR_WARNING,
		            arena_printf(doctor->arena, "assay doctor --timeout %lld",
		                         (long long)(run->limit_ms + 999) / 1000 * 3),
		            "it did not end within %.1f s, so what it looks at hangs, or the host "
		            "is very busy",
		            (double)run->limit_ms / 1000);
	else if (status != 0 ||
	         !doctor_findings_read(doctor->arena, strbuf_str(&run->output), &doctor->findings))
		doctor_tell(doctor, DOCTOR_WARNING,
		            STR("report it, with what assay --version says; the other checks hold"),
		            "the check itself failed (%s %d)",
		            WIFSIGNALED(status) ? "signal" : "status",
		            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void doctor_run(struct doctor *doctor, const struct doctor_check *checks, size_t count,
                int64_t limit_ms)
{
	struct check_run *runs = arena_calloc(doctor->arena, count, sizeof(*runs));

	fflush(NULL);
	for (size_t i = 0; i < count; i++) {
		runs[i].check = &checks[i];
		runs[i].limit_ms = limit_ms > 0 ? limit_ms : checks[i].limit_ms;
		start(doctor, &runs[i]);
	}
	read_all(doctor->arena, runs, count);
	for (size_t i = 0; i < count; i++)
		take(doctor, &runs[i]);
}
