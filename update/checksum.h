/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files beside an archive that have its digest. Pure. */
#ifndef UPDATE_CHECKSUM_H
#define UPDATE_CHECKSUM_H

#include "base/str.h"

enum checksum_kind {
	CHECKSUM_SHA256,
	CHECKSUM_SHA512,
};

/* Does the first word of `file`, as sha256sum and sha512sum write it, say the digest of `text` in
 * hexadecimal? */
bool checksum_matches(enum checksum_kind kind, struct str file, struct str text);

#endif
