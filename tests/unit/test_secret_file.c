/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/secret_file.h"

static struct error error;

static bool allowed(mode_t mode, uid_t owner, gid_t group)
{
	const struct stat st = { .st_mode = mode, .st_uid = owner, .st_gid = group };

	return secret_file_check(&st, "/etc/assay/key", &error);
}

static void test_owner_alone(void **state)
{
	const mode_t fine[] = { 0400, 0600, 0700 };
	const mode_t wrong[] = { 0601, 0602, 0604, 0610, 0620, 0640, 0644, 0660, 0666, 0777 };

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		assert_true(allowed(S_IFREG | fine[i], 0, 0));
		assert_true(allowed(S_IFREG | fine[i], 100, 100));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_false(allowed(S_IFREG | wrong[i], 0, 0));
		assert_false(allowed(S_IFREG | wrong[i], 100, 100));
	}
}

static void test_group_of_an_account(void **state)
{
	(void)state;
	assert_true(allowed(S_IFREG | 0640, 0, 100));
	assert_true(allowed(S_IFREG | 0440, 0, 100));
	assert_false(allowed(S_IFREG | 0660, 0, 100));
	assert_false(allowed(S_IFREG | 0644, 0, 100));
	assert_false(allowed(S_IFREG | 0640, 100, 0));
}

static void test_messages(void **state)
{
	(void)state;
	assert_false(allowed(S_IFREG | 0644, 0, 100));
	assert_string_equal(error.text,
	                    "/etc/assay/key: everybody may use it (mode 0644); chmod o-rwx it");
	assert_false(allowed(S_IFREG | 0660, 0, 100));
	assert_non_null(strstr(error.text, "its group may change it (mode 0660)"));
	assert_false(allowed(S_IFREG | 0640, 100, 100));
	assert_non_null(strstr(error.text, "its group may read it (mode 0640); chmod 600 it"));
	assert_false(allowed(S_IFDIR | 0700, 0, 0));
	assert_non_null(strstr(error.text, "not a regular file"));
}

static void test_guessable(void **state)
{
	const char *const bad[] = { "",
		                    "x",
		                    "short",
		                    "elevenbytes",
		                    "short\n\n",
		                    "aaaaaaaaaaaaaaaaaaaaaaaa",
		                    "ababababababababcdcd" };
	const char *const good[] = { "0123456789abcdef", "long enough for a key",
		                     "kq1Zz0Fh2mVx8QeYt3Rb\n" };
	const char zeros[64] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(secret_is_guessable(str_from(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_false(secret_is_guessable(str_from(good[i])));
	assert_true(secret_is_guessable((struct str){ zeros, sizeof(zeros) }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_alone),
		cmocka_unit_test(test_group_of_an_account),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_guessable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
