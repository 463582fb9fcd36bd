/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/plugin.h"

static const char *const default_plugins[] = {
	"URIDNSBL",
	"SPF",
	"Pyzor",
	"Razor2",
	"SpamCop",
	"AutoLearnThreshold",
	"WelcomeListSubject",
	"MIMEHeader",
	"ReplaceTags",
	"DKIM",
	"Check",
	"HTTPSMismatch",
	"URIDetail",
	"Bayes",
	"BodyEval",
	"DNSEval",
	"HTMLEval",
	"HeaderEval",
	"MIMEEval",
	"RelayEval",
	"URIEval",
	"WLBLEval",
	"VBounce",
	"ImageInfo",
	"FreeMail",
	"AskDNS",
	"HashBL",
	"DMARC",
};

/* Names that changed, as SpamAssassin reads them. */
static struct str current_name(struct str name)
{
	if (str_eq(name, STR(PLUGIN_PREFIX "Dmarc")))
		return STR(PLUGIN_PREFIX "DMARC");
	if (str_eq(name, STR(PLUGIN_PREFIX "WhiteListSubject")))
		return STR(PLUGIN_PREFIX "WelcomeListSubject");
	return name;
}

bool plugin_is_loaded(const struct ruleset *set, struct str name)
{
	/* SpamAssassin says that about this one, which it no longer has. */
	if (str_eq(name, STR(PLUGIN_PREFIX "RaciallyCharged")))
		return true;
	return map_get(set->plugins, current_name(name)) != NULL;
}

void plugin_load(struct ruleset *set, struct str name)
{
	map_set(set->plugins, arena_str(set->arena, current_name(name)), set);
}

void plugin_load_defaults(struct ruleset *set)
{
	for (size_t i = 0; i < sizeof(default_plugins) / sizeof(default_plugins[0]); i++)
		plugin_load(set, arena_printf(set->arena, PLUGIN_PREFIX "%s", default_plugins[i]));
	map_set(set->compat, STR("welcomelist_blocklist"), set);
}
