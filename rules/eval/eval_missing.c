/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Functions of SpamAssassin that need what Assay doesn't have. Rules that call them are off and
 * named with the reason. A name that ends in * is the front of a family of names.
 */
#include "rules/eval/eval.h"

#define DNS     "DNS lists are not asked"
#define PLUGIN  "the plugin is not here"
#define HANDLER "there is no handler for parts of that kind"

const struct eval_function eval_missing_functions[] = {
	{ "check_access_database", NULL, PLUGIN, 0 },
	{ "check_archive_file_count", NULL, HANDLER, 0 },
	{ "check_asn", NULL, DNS, 0 },
	{ "check_bayes", NULL, "there is no Bayes classifier", 0 },
	{ "check_dcc*", NULL, "there are no network checksums", 0 },
	{ "check_dns_*", NULL, DNS, 0 },
	{ "check_from_in_auto_*", NULL, "there is no reputation store", 0 },
	{ "check_hashbl_*", NULL, DNS, 0 },
	{ "check_ics_*", NULL, HANDLER, 0 },
	{ "check_image_text_ratio", NULL, HANDLER, 0 },
	{ "check_neuralnetwork*", NULL, "there is no neural network", 0 },
	{ "check_olemacro*", NULL, PLUGIN, 0 },
	{ "check_oleobject", NULL, PLUGIN, 0 },
	{ "check_olertfobject", NULL, PLUGIN, 0 },
	{ "check_phishing", NULL, PLUGIN, 0 },
	{ "check_pyzor", NULL, "there are no network checksums", 0 },
	{ "check_razor2*", NULL, "there are no network checksums", 0 },
	{ "check_rbl*", NULL, DNS, 0 },
	{ "check_script_contains_recip_addr", NULL, HANDLER, 0 },
	{ "check_senders_reputation", NULL, "there is no reputation store", 0 },
	{ "check_svg_text_ratio", NULL, HANDLER, 0 },
	{ "check_uri_local_bl", NULL, PLUGIN, 0 },
	{ "check_uridnsbl", NULL, DNS, 0 },
	{ "pdf2_*", NULL, HANDLER, 0 },
	{ "redir_url*", NULL, "nothing is fetched", 0 },
	{ 0 },
};
