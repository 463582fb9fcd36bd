/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "tests/unit/unit.h"

#include "base/md5.h"

/* The test suite of RFC 1321, appendix A.5. */
static void test_rfc(void **state)
{
	static const char *const sums[][2] = {
		{ "", "D41D8CD98F00B204E9800998ECF8427E" },
		{ "a", "0CC175B9C0F1B6A831C399E269772661" },
		{ "abc", "900150983CD24FB0D6963F7D28E17F72" },
		{ "message digest", "F96B697D7CB7938D525A2F31AAF161D0" },
		{ "abcdefghijklmnopqrstuvwxyz", "C3FCD3D76192E4007DFB496CCA67E13B" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		  "D174AB98D277D9F5A5611C2C9F419D9F" },
		{ "1234567890123456789012345678901234567890123456789012345678901234567890123456789"
		  "0",
		  "57EDF4A22BE3C955AC49DA2E2107B67A" },
	};
	char hex[MD5_HEX_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		assert_true(md5_hex(str_from(sums[i][0]), hex));
		assert_string_equal(hex, sums[i][1]);
	}
}

/* Lengths around those at which the padding takes one more block. */
static void test_lengths(void **state)
{
	static const struct {
		size_t len;
		const char *sum;
	} sums[] = {
		{ 55, "EF1772B6DFF9A122358552954AD0DF65" },
		{ 56, "3B0C8AC703F828B04C6C197006D17218" },
		{ 63, "B06521F39153D618550606BE297466D5" },
		{ 64, "014842D480B571495A4A0363793F7367" },
		{ 65, "C743A45E0D2E6A95CB859ADAE0248435" },
	};
	char text[65], hex[MD5_HEX_LEN + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		assert_true(md5_hex((struct str){ text, sums[i].len }, hex));
		assert_string_equal(hex, sums[i].sum);
	}
}

/* Where the system asks for FIPS by default there is MD5 all the same. */
static void test_fips(void **state)
{
	char hex[MD5_HEX_LEN + 1];

	(void)state;
	assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
	assert_true(md5_hex(STR("abc"), hex));
	assert_string_equal(hex, "900150983CD24FB0D6963F7D28E17F72");
}

/* In a child, before the library has loaded its own provider, which can't be had back. */
static void test_missing(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		char hex[MD5_HEX_LEN + 1] = "?";

		if (OSSL_PROVIDER_load(NULL, "null") == NULL)
			_exit(1);
		_exit(md5_hex(STR("abc"), hex) || hex[0] != '\0' ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_rfc),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_fips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
