/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The addresses given to `assay srs`. It would rewrite anything, so whatever isn't one address by
 * RFC 5321 (RFC 6531 if not ASCII) is refused. Pure; thread-safe.
 */
#ifndef CLI_SRS_ADDRESS_H
#define CLI_SRS_ADDRESS_H

#include "base/error.h"

/* Octets of a local part that every mail server has to take, RFC 5321 section 4.5.3.1.1. */
#define SRS_ADDRESS_LOCAL_MAX 64

/*
 * "joe@example.org" of that or of "<joe@example.org>"; "" of "<>" and "". Dots may stand anywhere
 * in a local part, since such addresses exist. Anything else gives false and says what to write
 * instead. A slice of `text`.
 */
bool srs_address_read(struct str text, struct str *address_r, struct error *err_r);

/* Octets of the local part. */
size_t srs_address_local_len(struct str address);

#endif
