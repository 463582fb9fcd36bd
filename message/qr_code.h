/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * QR codes in the pictures of a message, by zbar, which is loaded when it is first needed: a mail
 * filter has no use for all that it links to. Thread-safe. A build without the libraries finds
 * none.
 */
#ifndef MESSAGE_QR_CODE_H
#define MESSAGE_QR_CODE_H

#include "message/mime.h"

/* Of one message: pictures, pixels of one and of all, bytes of one, codes, milliseconds. */
#define QR_PICTURES_MAX     10
#define QR_PIXELS_MAX       ((size_t)4000 * 1000)
#define QR_ALL_PIXELS_MAX   ((size_t)8000 * 1000)
#define QR_BYTES_MAX        ((size_t)4 << 20)
#define QR_CODES_MAX        20
#define QR_MILLISECONDS_MAX 1000

/* Can codes be read? False where this build or the host has no zbar. */
bool qr_codes_available(void);
/* Appends the text of each code in the pictures among the parts, in valid UTF-8. */
void qr_codes_find(struct arena *arena, const struct mime_part_list *parts, struct str_list *texts);

#endif
