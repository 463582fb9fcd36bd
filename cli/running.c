/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/running.h"

#include "cli/cli.h"

struct str running_address(struct arena *arena, const char *path)
{
	struct cli_conf conf = { .path = path };
	struct settings settings;
	struct problems problems;

	problems_init(&problems, arena);
	settings_init(&settings, arena);
	if (cli_conf_path(&conf) != NULL)
		settings_read(&settings, arena, cli_conf_path(&conf), &problems);
	return settings_address(settings.control);
}

enum control_reach running_ask(struct arena *arena, struct str address,
                               const struct control_request *request, struct deadline deadline,
                               struct str *answer_r, struct error *err_r)
{
	if (address.len > 0)
		return control_client_ask(arena, address, request, deadline, answer_r, err_r);
	error_set(err_r, "assay.conf says control none, so the filter can't be asked; take that "
	                 "line out and restart it");
	return CONTROL_NOT_THERE;
}
