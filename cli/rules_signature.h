/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who signed an archive: asks gpgv, which knows keys from a keyring only. One thread. */
#ifndef CLI_RULES_SIGNATURE_H
#define CLI_RULES_SIGNATURE_H

#include "cli/rules.h"

/*
 * Is the signature in `signature` (a file's text, armored or not) a good one of the archive, by a
 * key of the keyring that is neither expired nor revoked, and one of --gpgkey where that is given?
 * False with the reason. Writes files into the channel's directory for the time that it takes.
 */
bool rules_signature_check(const struct rules_options *options, const struct rule_sets *sets,
                           struct str archive, struct str signature, struct error *err_r);

#endif
