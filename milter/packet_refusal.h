/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the log says of a connection that broke the protocol (packet.h). Thread-safe. */
#ifndef MILTER_PACKET_REFUSAL_H
#define MILTER_PACKET_REFUSAL_H

/* One line in ten seconds, however many there are. `problem` is packet_check()'s. */
void packet_refusal_log(int fd, const char *problem);

#endif
