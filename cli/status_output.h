/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a running filter, as it answers "status", for people. */
#ifndef CLI_STATUS_OUTPUT_H
#define CLI_STATUS_OUTPUT_H

#include <jansson.h>

/* Prints it to stdout; what isn't there is 0 or empty. */
void status_output_print(const json_t *status);

#endif
