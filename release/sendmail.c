/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/sendmail.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/write_all.h"

extern char **environ;

/* As it is: lines end in LF, and with -i a dot is no end. */
static int message_file(const struct smtp_mail *mail, struct error *err_r)
{
	int fd = memfd_create("released", MFD_CLOEXEC);

	if (fd >= 0 && write_all(fd, mail->head) && write_all(fd, mail->raw) &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	error_set(err_r, "no room for a copy of it: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* In a group of its own: what stops us at a terminal doesn't stop it. */
static int start(const char *program, char *const arguments[], int fd, pid_t *pid_r)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attributes, 0);
	failed = posix_spawn(pid_r, program, &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static enum smtp_end end_of(const char *program, pid_t pid, struct error *err_r)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			error_set(err_r, "%s: %s", program, strerror(errno));
			return SMTP_UNKNOWN;
		}
	if (WIFSIGNALED(status)) {
		error_set(err_r, "%s was ended by signal %d", program, WTERMSIG(status));
		return SMTP_UNKNOWN;
	}
	if (WEXITSTATUS(status) == EX_OK)
		return SMTP_SENT;
	error_set(err_r, "%s ended with %d", program, WEXITSTATUS(status));
	return WEXITSTATUS(status) == EX_TEMPFAIL ? SMTP_UNKNOWN : SMTP_NOT_SENT;
}

/* Angle brackets keep a recipient from being two, or an option. */
enum smtp_end sendmail_send(const char *program, const struct smtp_mail *mail, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct str sender = mail->sender.len > 0 ? mail->sender : STR("<>");
	char *arguments[] = {
		arena_cstr(arena, str_from(program)),
		(char *)"-i",
		(char *)"-oeq",
		(char *)"-B8BITMIME",
		(char *)"-f",
		arena_cstr(arena, sender),
		(char *)"--",
		arena_cstr(arena, arena_printf(arena, "<%.*s>", STR_FMT(mail->recipient))),
		NULL,
	};
	enum smtp_end end = SMTP_NOT_SENT;
	int fd = message_file(mail, err_r), failed;
	pid_t pid;

	if (fd >= 0) {
		failed = start(program, arguments, fd, &pid);
		close(fd);
		if (failed == 0)
			end = end_of(program, pid, err_r);
		else
			error_set(err_r, "%s: %s", program, strerror(failed));
	}
	arena_free(arena);
	return end;
}
