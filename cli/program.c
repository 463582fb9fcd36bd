/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"

extern char **environ;

static char **argument_vector(struct arena *arena, const struct str_list *arguments)
{
	char **argv = arena_calloc(arena, arguments->len + 1, sizeof(*argv));

	for (size_t i = 0; i < arguments->len; i++)
		argv[i] = arena_cstr(arena, arguments->items[i]);
	return argv;
}

/* `err`: -1 leaves stderr as it is. */
static bool start(char **argv, int out, int err, pid_t *pid_r)
{
	posix_spawn_file_actions_t actions;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	status = posix_spawnp(pid_r, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = status;
	return status == 0;
}

/* Takes what is there; false at the end. */
static bool take(int fd, struct strbuf *buf)
{
	ssize_t got = read(fd, strbuf_reserve(buf, 4096), 4096);

	if (got > 0)
		buf->len += (size_t)got;
	return got > 0 || (got < 0 && errno == EINTR);
}

static void read_both(int out, int err, struct strbuf *output, struct strbuf *errors)
{
	struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				return;
			continue;
		}
		if (fds[0].fd >= 0 && fds[0].revents != 0 && !take(out, output))
			fds[0].fd = -1;
		if (fds[1].fd >= 0 && fds[1].revents != 0 && !take(err, errors))
			fds[1].fd = -1;
	}
}

static bool ended_well(struct str name, pid_t pid, struct str errors, struct error *err_r)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return error_set(err_r, "%.*s ended with %s %d%s%.*s", STR_FMT(name),
	                 WIFEXITED(status) ? "status" : "signal",
	                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	                 str_trim(errors).len > 0 ? ": " : "", STR_FMT(str_trim(errors)));
}

static bool run(struct arena *arena, char **argv, const int out[2], const int err[2],
                struct str *output_r, struct error *err_r)
{
	struct strbuf output, errors;
	pid_t pid;
	bool started = start(argv, out[1], err[1], &pid);

	if (!started)
		error_set(err_r, "%s: cannot be run: %s", argv[0], strerror(errno));
	close(out[1]);
	close(err[1]);
	strbuf_init(&output, arena);
	strbuf_init(&errors, arena);
	if (started)
		read_both(out[0], err[0], &output, &errors);
	close(out[0]);
	close(err[0]);
	*output_r = strbuf_str(&output);
	return started && ended_well(str_from(argv[0]), pid, strbuf_str(&errors), err_r);
}

bool program_run(struct arena *arena, const struct str_list *arguments, struct str *output_r,
                 struct error *err_r)
{
	char **argv = argument_vector(arena, arguments);
	int out[2], err[2];

	*output_r = STR("");
	if (pipe2(out, O_CLOEXEC) != 0)
		return error_set(err_r, "%s: no pipe: %s", argv[0], strerror(errno));
	if (pipe2(err, O_CLOEXEC) != 0) {
		close(out[0]);
		close(out[1]);
		return error_set(err_r, "%s: no pipe: %s", argv[0], strerror(errno));
	}
	return run(arena, argv, out, err, output_r, err_r);
}

bool program_start(const struct str_list *arguments, struct program *program_r, struct error *err_r)
{
	struct arena *arena = arena_new();
	char **argv = argument_vector(arena, arguments);
	int out[2];
	bool ok;

	*program_r = (struct program){ .name = arguments->items[0], .output = -1 };
	ok = pipe2(out, O_CLOEXEC) == 0 ||
	     error_set(err_r, "%s: no pipe: %s", argv[0], strerror(errno));
	if (ok) {
		program_r->output = out[0];
		ok = start(argv, out[1], -1, &program_r->pid);
		close(out[1]);
		if (!ok) {
			program_r->pid = 0;
			close(out[0]);
			error_set(err_r, "%s: cannot be run: %s", argv[0], strerror(errno));
		}
	}
	arena_free(arena);
	return ok;
}

bool program_finish(struct program *program, struct error *err_r)
{
	pid_t pid = program->pid;

	close(program->output);
	program->pid = 0;
	return ended_well(program->name, pid, STR(""), err_r);
}
