/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/dns_options.h"

#include <stdlib.h>
#include <sysexits.h>

#include "cli/cli.h"

int dns_options_server(struct arena *arena, const char *command, const char *text,
                       struct dns_settings *settings)
{
	struct error error;

	if (!dns_server_valid(str_from(text), &error))
		return cli_usage_error(command, "--dns-server: %s", error.text);
	vec_push(arena, &settings->servers, str_from(text));
	return EX_OK;
}

int dns_options_seconds(const char *command, const char *text, int64_t *ms_r)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds > 0 && seconds <= 3600))
		return cli_usage_error(command, "\"%s\" is no number of seconds from 0.001 to 3600",
		                       text);
	*ms_r = (int64_t)(seconds * 1000);
	return EX_OK;
}
