/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/rules_signature.h"

#include <unistd.h>

#include "base/strbuf.h"
#include "cli/program.h"
#include "message/decode.h"

#define ARCHIVE_FILE   ".fetched.tar.gz"
#define SIGNATURE_FILE ".fetched.tar.gz.asc"
#define KEYRING_FILE   ".keyring.gpg"

static struct str home_keyring(const struct rules_options *options)
{
	static const char *const names[] = { "pubring.kbx", "pubring.gpg", "trustedkeys.kbx",
		                             "trustedkeys.gpg" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str path =
			arena_printf(options->arena, "%s/%s", options->gpg_home, names[i]);

		if (access(path.data, R_OK) == 0)
			return path;
	}
	return arena_printf(options->arena, "%s/%s", options->gpg_home, names[0]);
}

/* The bytes of an armored file, RFC 9580 section 6.2; gpgv reads keyrings of bytes only. */
static struct str without_armor(struct arena *arena, struct str text)
{
	struct strbuf base64;
	bool in_body = false, fault;
	struct str line;

	strbuf_init(&base64, arena);
	while (str_next_line(&text, &line)) {
		line = str_trim(line);
		if (in_body && (str_starts(line, STR("-----")) || str_starts(line, STR("="))))
			break;
		if (in_body)
			strbuf_add(&base64, line);
		else
			in_body = line.len == 0;
	}
	return decode_base64(arena, strbuf_str(&base64), &fault);
}

/* A path that gpgv can use. */
static bool find_keyring(const struct rules_options *options, const struct rule_sets *sets,
                         struct str *path_r, struct error *err_r)
{
	struct str text;

	*path_r =
		options->gpg_home != NULL ? home_keyring(options) : options->settings.rules_keyring;
	if (!cli_read_file(options->arena, arena_cstr(options->arena, *path_r), &text, err_r))
		return error_set(
			err_r,
			"%.*s: the keyring can't be read; import the channel's key with gpg "
			"--no-default-keyring --keyring %.*s --import FILE",
			STR_FMT(*path_r), STR_FMT(*path_r));
	if (str_starts(text, STR("-----BEGIN PGP PUBLIC KEY BLOCK-----"))) {
		*path_r = rule_sets_path(sets, STR(KEYRING_FILE));
		return rule_sets_write_file(sets, STR(KEYRING_FILE),
		                            without_armor(options->arena, text), err_r);
	}
	/* gpgv takes a name without a slash for one in its own directory. */
	if (str_find_char(*path_r, '/') < 0)
		*path_r = arena_printf(options->arena, "./%.*s", STR_FMT(*path_r));
	return true;
}

static bool is_trusted(const struct rules_options *options, struct str fingerprint)
{
	const struct str *key;

	vec_foreach (&options->gpg_keys, key)
		if (str_ends_ci(fingerprint, *key))
			return true;
	return options->gpg_keys.len == 0;
}

/* What gpgv writes with --status-fd: a GOODSIG before each VALIDSIG, whose 1st and 10th words are
 * the fingerprints of the key and of its primary key. */
static bool has_good_signature(const struct rules_options *options, struct str status,
                               struct str *signer_r)
{
	struct str line, word, keyword;
	bool good = false;

	*signer_r = STR("");
	while (str_next_line(&status, &line)) {
		if (!str_next_word(&line, &word) || !str_eq(word, STR("[GNUPG:]")) ||
		    !str_next_word(&line, &keyword))
			continue;
		if (!str_eq(keyword, STR("VALIDSIG"))) {
			if (str_ends_ci(keyword, STR("SIG")))
				good = str_eq(keyword, STR("GOODSIG"));
			continue;
		}
		for (int i = 1; str_next_word(&line, &word); i++) {
			if (i == 1)
				*signer_r = word;
			if (good && (i == 1 || i == 10) && is_trusted(options, word))
				return true;
		}
	}
	return false;
}

static bool ask_gpgv(const struct rules_options *options, const struct rule_sets *sets,
                     struct str keyring, struct error *err_r)
{
	const struct str words[] = {
		STR("gpgv"),
		STR("--status-fd"),
		STR("1"),
		STR("--keyring"),
		keyring,
		STR("--"),
		rule_sets_path(sets, STR(SIGNATURE_FILE)),
		rule_sets_path(sets, STR(ARCHIVE_FILE)),
	};
	struct str_list arguments = { 0 };
	struct str status, signer;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		vec_push(options->arena, &arguments, words[i]);
	if (!program_run(options->arena, &arguments, &status, err_r))
		return false;
	if (has_good_signature(options, status, &signer))
		return true;
	return error_set(err_r,
	                 "the signature is of the key %.*s, which is expired, revoked, or none of "
	                 "--gpgkey",
	                 STR_FMT(signer));
}

bool rules_signature_check(const struct rules_options *options, const struct rule_sets *sets,
                           struct str archive, struct str signature, struct error *err_r)
{
	struct str keyring;
	bool ok = find_keyring(options, sets, &keyring, err_r) &&
	          rule_sets_write_file(sets, STR(ARCHIVE_FILE), archive, err_r) &&
	          rule_sets_write_file(sets, STR(SIGNATURE_FILE), signature, err_r) &&
	          ask_gpgv(options, sets, keyring, err_r);

	unlink(rule_sets_path(sets, STR(ARCHIVE_FILE)).data);
	unlink(rule_sets_path(sets, STR(SIGNATURE_FILE)).data);
	unlink(rule_sets_path(sets, STR(KEYRING_FILE)).data);
	return ok;
}
