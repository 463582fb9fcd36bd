dnl Attaches Assay to Sendmail (8.14 or later): put this file into /etc/mail and
dnl	include(`/etc/mail/assay.m4')dnl
dnl at the end of sendmail.mc. The one line that is needed is INPUT_MAIL_FILTER;
dnl it has no F=, so mail passes unscanned while Assay is down.
ifdef(`ASSAY_SOCKET',, `define(`ASSAY_SOCKET', `local:/run/assay/assay.sock')')dnl
INPUT_MAIL_FILTER(`assay', `S=ASSAY_SOCKET, T=C:30s;S:30s;R:30s;E:5m')dnl
dnl Optional: Sendmail's version, for rules that look at our own Received field.
define(`confMILTER_MACROS_CONNECT', defn(`confMILTER_MACROS_CONNECT')`, v')dnl
