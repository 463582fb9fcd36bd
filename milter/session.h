/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection from the MTA and the message that is under way on it: libmilter's callbacks.
 * They only collect; the end of message runs the pipeline and applies the result. A session is
 * libmilter's private pointer and is used by one thread at a time, but by another at any callback.
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include "milter/service.h"

/* Tells libmilter of the callbacks; `service` must stay as long as the process. */
bool session_register(const struct service *service, struct error *err_r);

#endif
