/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often the links of each account were revoked: its epoch, 0 at first. They are in a text file,
 * a line "account epoch" each, that is only ever replaced as a whole, so whoever may read it can do
 * that at any time: the page, which may not write, and `assay`, which does. Hosts that share a key
 * need the same file.
 */
#ifndef WEB_LINK_EPOCHS_H
#define WEB_LINK_EPOCHS_H

#include "web/signed_link.h"

/*
 * The epoch of an account, in any case of letters. True with 0 where there is no file: nobody was
 * revoked yet. False where it can't be read or a line is none of ours: nobody's link may be
 * believed then. Thread-safe; reads the file each time.
 */
bool link_epochs_of(const char *path, struct str account, uint32_t *epoch_r, struct error *err_r);

/* What signed_link_read() said of a link, and LINK_REVOKED where it is older than its account's
 * epoch, or that can't be told; then the error is set. */
enum link_state link_epochs_judge(const char *path, enum link_state state,
                                  const struct signed_link *content, struct error *err_r);

/* Makes all links of the account void that were made so far, durably. One process at a time, for
 * which it waits. The new epoch is returned by epoch_r. */
bool link_epochs_raise(const char *path, struct str account, uint32_t *epoch_r,
                       struct error *err_r);

#endif
