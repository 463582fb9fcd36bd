/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One message to one recipient, handed to an MTA by its program: sendmail -i -f SENDER RECIPIENT.
 * The program has all of the message before it begins, so that it sends the whole or nothing,
 * whoever is stopped meanwhile. Thread-safe; blocks.
 */
#ifndef RELEASE_SENDMAIL_H
#define RELEASE_SENDMAIL_H

#include "release/smtp.h"

/* SMTP_UNKNOWN where it ends with 75: Sendmail has it in its queue then, Postfix doesn't. */
enum smtp_end sendmail_send(const char *program, const struct smtp_mail *mail, struct error *err_r);

#endif
