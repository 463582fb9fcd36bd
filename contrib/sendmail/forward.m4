dnl The forward hop, part one of two (part two: forward.mc; see README.md): put
dnl this file into /etc/mail and
dnl	include(`/etc/mail/forward.m4')dnl
dnl at the end of sendmail.mc. All mail for foreign destinations then passes a
dnl second Sendmail on the loopback, where Assay can drop a forwarded copy while
dnl the mailbox copy stays. Flag k: the hop greets with our own name.
ifdef(`ASSAY_HOP_PORT',, `define(`ASSAY_HOP_PORT', `2526')')dnl
define(`SMART_HOST', `fwdhop:[127.0.0.1]')dnl
MAILER_DEFINITIONS
Mfwdhop,	P=[IPC], F=mDFMuXa8k, S=EnvFromSMTP/HdrFromSMTP, R=MasqSMTP, E=\r\n, L=0,
		T=DNS/RFC822/SMTP,
		A=TCP $h ASSAY_HOP_PORT
