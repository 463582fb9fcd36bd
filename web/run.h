/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page as a process: from the settings to a server that answers, until a signal ends it. */
#ifndef WEB_RUN_H
#define WEB_RUN_H

#include "scoring/settings.h"

/*
 * Opens the socket, becomes the account of `user` where we are root, gives up what a page doesn't
 * need, and serves until SIGTERM or SIGINT. Says on stderr where. Returns a sysexits code. The one
 * function of its process.
 */
int run_web(struct arena *arena, const struct settings *settings);

#endif
