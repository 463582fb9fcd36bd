/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay report digest`: one mail of what was dropped or tagged, with links to act by. */
#ifndef CLI_REPORT_DIGEST_H
#define CLI_REPORT_DIGEST_H

/* argv[0] is "digest"; returns a sysexits code, or 1 where there is nothing to tell. */
int report_digest(int argc, char **argv);

#endif
