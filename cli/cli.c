/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/shown.h"
#include "cli/cli.h"

const char *cli_conf_path(const struct cli_conf *conf)
{
	if (conf->path == NULL && access(CLI_DEFAULT_CONF, F_OK) == 0)
		return CLI_DEFAULT_CONF;
	return conf->path;
}

struct policy *cli_load_policy(const struct cli_conf *conf, struct problems *problems)
{
	struct arena *arena = arena_new();
	const char *path = cli_conf_path(conf);
	struct settings settings;

	settings_init(&settings, arena);
	if (path != NULL && !settings_read(&settings, arena, path, problems)) {
		arena_free(arena);
		return NULL;
	}
	if (conf->rules.len > 0)
		settings_set_rules(&settings, conf->rules);
	if (conf->trusted_authserv.len > 0)
		settings.trusted_authserv = conf->trusted_authserv;
	if (conf->local)
		settings.network_tests = false;
	settings.profile = conf->profile;
	settings.all_rules = conf->all_rules;
	settings.seal_key_file = STR("");
	settings.srs = SRS_POLICY_OFF;
	settings.srs_socketmap = STR("");
	return policy_build(arena, &settings, problems);
}

int cli_usage_error(const char *command, const char *format, ...)
{
	struct arena *arena = arena_new();
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	/* An argument may have come from a stranger's mail. */
	fprintf(stderr, "assay %s: %.*s; see `assay %s --help`\n", command,
	        STR_FMT(shown_text(arena, str_from(sentence))), command);
	arena_free(arena);
	return EX_USAGE;
}

static bool read_all(struct arena *arena, int fd, size_t expected, struct str *text_r)
{
	size_t cap = expected + 1, len = 0;
	char *text = arena_alloc(arena, cap);

	for (;;) {
		ssize_t got = read(fd, text + len, cap - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		len += (size_t)got;
		if (len == cap) {
			text = arena_grow(arena, text, cap, cap * 2);
			cap *= 2;
		}
	}
	*text_r = (struct str){ text, len };
	return true;
}

bool cli_read_file(struct arena *arena, const char *path, struct str *text_r, struct error *err_r)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	bool ok;

	if (fd < 0 || fstat(fd, &status) != 0)
		return error_set(err_r, "%s: cannot be opened: %s", path, strerror(errno));
	ok = read_all(arena, fd, S_ISREG(status.st_mode) ? (size_t)status.st_size : 4096, text_r);
	if (!ok)
		error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	return ok;
}
