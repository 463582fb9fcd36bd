/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all requests share: made once at start, and only read after that but for what locks itself.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "web/readers.h"
#include "web/rule_texts.h"
#include "web/visitor.h"

struct web {
	struct visitor_rules visitors;
	struct readers *readers;
	struct rule_texts *rules;
	struct str control;              /* where the filter answers; empty: nowhere */
	struct str service;              /* the name of the service */
	bool customers_release;          /* customers may have dropped mail delivered */
	bool customers_lists;            /* customers may change their lists */
	int32_t required_score;          /* thousandths: what is tagged has more */
	const struct settings *settings; /* all of them */
	struct str support_url;          /* where to complain, with %i for the scan id; or empty */
};

#endif
