/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/assets.h"

static const char style_css[] =
#include "web/style_css.inc"
	;
static const char live_js[] =
#include "web/live_js.inc"
	;
static const char icon_svg[] =
#include "web/icon_svg.inc"
	;

static const struct asset assets[] = {
	{ "style.css", "text/css; charset=utf-8", STR_INIT(style_css) },
	{ "live.js", "text/javascript; charset=utf-8", STR_INIT(live_js) },
	{ "icon.svg", "image/svg+xml", STR_INIT(icon_svg) },
};

const struct asset *assets_find(struct str name)
{
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
		if (str_eq(name, str_from(assets[i].name)))
			return &assets[i];
	return NULL;
}
