/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Functions of SpamAssassin that need what Assay doesn't have. Rules that call them are off and
 * named with the reason. A name that ends in * is the prefix of a family of names.
 */
#include "rules/eval/eval.h"

#define PLUGIN  "the plugin is not here"
#define HANDLER "there is no handler for parts of that kind"

const struct eval_function eval_missing_functions[] = {
	{ .name = "check_access_database", .missing = PLUGIN },
	{ .name = "check_archive_file_count", .missing = HANDLER },
	{ .name = "check_dcc*", .missing = "there are no network checksums" },
	{ .name = "check_from_in_auto_*", .missing = "check_senders_reputation does that" },
	{ .name = "check_ics_*", .missing = HANDLER },
	{ .name = "check_image_text_ratio", .missing = HANDLER },
	{ .name = "check_neuralnetwork*", .missing = "there is no neural network" },
	{ .name = "check_olemacro*", .missing = PLUGIN },
	{ .name = "check_oleobject", .missing = PLUGIN },
	{ .name = "check_olertfobject", .missing = PLUGIN },
	{ .name = "check_phishing", .missing = PLUGIN },
	{ .name = "check_pyzor", .missing = "there are no network checksums" },
	{ .name = "check_razor2*", .missing = "there are no network checksums" },
	{ .name = "check_script_contains_recip_addr", .missing = HANDLER },
	{ .name = "check_svg_text_ratio", .missing = HANDLER },
	{ .name = "check_uri_local_bl", .missing = PLUGIN },
	{ .name = "pdf2_*", .missing = HANDLER },
	{ .name = "redir_url*", .missing = "nothing is fetched" },
	{ 0 },
};
