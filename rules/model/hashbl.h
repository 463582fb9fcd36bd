/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists that are asked for hashes of addresses, links, text and files: what statements say. */
#ifndef RULES_MODEL_HASHBL_H
#define RULES_MODEL_HASHBL_H

#include "base/map.h"

struct pattern;

struct hashbl_settings {
	struct map *ignored;      /* host_listing of values and hashes that are not asked for */
	struct map *aliases;      /* struct str: the domain that another one stands for */
	struct map *acls;         /* struct map of host_listing of domains, by the ACL's name */
	struct pattern *address;  /* hashbl_email_regex; NULL: built in */
	bool address_checks_tld;  /* it has _TLDS_ */
	struct pattern *welcomed; /* hashbl_email_welcomelist; NULL: built in */
};

#endif
