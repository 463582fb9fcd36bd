# SPDX-License-Identifier: GPL-3.0-or-later
# A message leaves Junk. What is thrown away says nothing.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "vnd.dovecot.environment", "variables",
         "special-use"];

if environment :matches "imap.mailbox" "*" {
  set "mailbox" "${1}";
}
if anyof (string :is "${mailbox}" ["Trash", "Junk"],
          specialuse_exists "${mailbox}" "\\Trash",
          specialuse_exists "${mailbox}" "\\Junk") {
  stop;
}
if environment :matches "imap.user" "*" {
  set "user" "${1}";
}
if environment :matches "vnd.dovecot.config.assay_scope" "*" {
  set "scope" "${1}";
}
pipe :copy "assay-teach" ["ham", "${scope}", "${user}"];
