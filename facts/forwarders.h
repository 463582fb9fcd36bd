/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarders whose word about the sender is believed: hosts by their networks, and sealers of an
 * ARC chain by their domains. Read once with the settings, then only looked up in.
 */
#ifndef FACTS_FORWARDERS_H
#define FACTS_FORWARDERS_H

#include "facts/networks.h"

struct forwarders {
	struct network_list networks;
	struct str_list sealers;
};

/* Adds a network, an address or a domain; a domain is of a sealer itself (d=), and not of those
 * below it. */
bool forwarders_add(struct arena *arena, struct str text, struct forwarders *forwarders,
                    struct error *err_r);
bool forwarders_have_sealer(const struct forwarders *forwarders, struct str domain);

#endif
