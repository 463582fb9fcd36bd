/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages that were forwarded as attachments (RFC 2046 section 5.2.1): those in a message, but not
 * that message, nor what is attached to them. Pure; thread-safe.
 */
#ifndef MESSAGE_ATTACHED_H
#define MESSAGE_ATTACHED_H

#include "base/vec.h"

/*
 * Appends each attached message, transfer encoding decoded, in the order of the text: parts of type
 * message/rfc822 or message/global, and attached files NAME.eml that begin with a header, for some
 * mailers send these as data. They are slices of `wrapper`, or in the arena. False where the
 * wrapper has more parts, or deeper ones, than are looked at (message_default_limits()), so that
 * some may be missing.
 */
bool attached_messages(struct arena *arena, struct str wrapper, struct str_list *messages_r);

#endif
