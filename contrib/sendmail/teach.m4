dnl What users forward to spam@ and ham@ as attachment is taught to Assay; see README.md. In sendmail.mc,
dnl behind the MAILER() lines; only users who have logged in may send there.
ifdef(`ASSAY_TEACH_DOMAIN',, `define(`ASSAY_TEACH_DOMAIN', `example.com')')dnl
ifdef(`ASSAY_PROGRAM',, `define(`ASSAY_PROGRAM', `/usr/local/bin/assay')')dnl
ifdef(`ASSAY_USER',, `define(`ASSAY_USER', `assay')')dnl
MAILER_DEFINITIONS
Massayteach,	P=ASSAY_PROGRAM, F=lsDFMu, S=EnvFromL/HdrFromL, R=EnvToL/HdrToL, U=ASSAY_USER,
		T=X-Unix/X-Unix/X-Unix, A=assay learn --$u --attached -
LOCAL_RULE_0
Rspam < @ ASSAY_TEACH_DOMAIN . > $*	$#assayteach $@ $j $: spam
Rham < @ ASSAY_TEACH_DOMAIN . > $*	$#assayteach $@ $j $: ham
LOCAL_RULESETS
SAssayTeach
Rspam < @ ASSAY_TEACH_DOMAIN . > $*	$: assayteach $| $&{auth_type}
Rham < @ ASSAY_TEACH_DOMAIN . > $*	$: assayteach $| $&{auth_type}
Rassayteach $|		$#error $@ 5.7.1 $: "550 log in to teach what is spam"
SLocal_check_rcpt
R$*			$: $>AssayTeach $>canonify $1
