/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets of domains as the configuration lists them: names, "*.name" for all below one, or "/path" of
 * a file with one a line. Made while the policy is built; then only read.
 */
#ifndef FORWARD_DOMAINS_H
#define FORWARD_DOMAINS_H

#include "forward/map.h"

/* The set; its keys are folded names, or ".name" for all below it. What is no domain, or no file
 * that can be read, is told as a problem of `setting`. */
struct map *domains_read(const struct map_load *load, const struct str_list *names,
                         const char *setting);

/* The domain itself, or ".parent" of any of its parents; `domain` is folded. */
bool domains_have(const struct map *domains, struct str domain);

#endif
