/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What readers are told of malware. Pure; the results are in the arena. */
#ifndef SCORING_VIRUS_FIELD_H
#define SCORING_VIRUS_FIELD_H

#include "scoring/report_input.h"

#define VIRUS_HEADER_NAME "X-Spam-Virus"

/* The field's value: "Yes, NAME", "No", or "Unknown, the virus scanner …"; empty where none was
 * asked. */
struct str virus_field_value(struct arena *arena, const struct report_input *input);
/* A sentence where something was found, or could not be looked for; else empty. */
struct str virus_sentence(struct arena *arena, const struct antivirus_result *result,
                          struct infection infection);

#endif
