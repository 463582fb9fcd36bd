# SPDX-License-Identifier: GPL-3.0-or-later
# A message comes into Junk.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "vnd.dovecot.environment", "variables"];

if environment :matches "imap.user" "*" {
  set "user" "${1}";
}
if environment :matches "vnd.dovecot.config.assay_scope" "*" {
  set "scope" "${1}";
}
pipe :copy "assay-teach" ["spam", "${scope}", "${user}"];
