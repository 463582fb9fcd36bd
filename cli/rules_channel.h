/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A channel on the network, as sa-update's: its newest version is in the DNS, as is where the list
 * of its mirrors is; they have VERSION.tar.gz with a signature and checksums. Used by one thread;
 * waits for the network.
 */
#ifndef CLI_RULES_CHANNEL_H
#define CLI_RULES_CHANNEL_H

#include "cli/rules.h"
#include "facts/dns.h"

enum rules_channel_news {
	RULES_CHANNEL_VERSION, /* there is one */
	RULES_CHANNEL_NONE,    /* it is a channel without rules for us */
	RULES_CHANNEL_FAILED,
};

struct rules_channel {
	const struct rules_options *options;
	struct rule_sets sets;
	struct dns *dns;
};

enum rules_channel_news rules_channel_newest(const struct rules_channel *channel,
                                             struct str *version_r, struct error *err_r);

/*
 * Fetches a version from a mirror, checks signature and checksum, and installs it, not yet in
 * force. False where no mirror has what holds, with the last reason. What of it was left out is
 * printed on stderr.
 */
bool rules_channel_fetch(const struct rules_channel *channel, struct str version,
                         struct error *err_r);

#endif
