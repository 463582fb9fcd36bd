/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "web/link_epochs.h"

static struct error error;

static uint32_t epoch_of(const char *path, const char *account)
{
	uint32_t epoch = 12345;

	if (!link_epochs_of(path, str_from(account), &epoch, &error))
		fail_msg("%s", error.text);
	return epoch;
}

static void raise_epoch(const char *path, const char *account, uint32_t expected)
{
	uint32_t epoch;

	if (!link_epochs_raise(path, str_from(account), &epoch, &error))
		fail_msg("%s", error.text);
	assert_int_equal(epoch, expected);
}

static enum link_state judge(const char *path, enum link_state state, const char *account,
                             uint32_t epoch)
{
	struct signed_link content = { .account = str_from(account), .epoch = epoch };

	return link_epochs_judge(path, state, &content, &error);
}

static void test_raise(void **state)
{
	const char *path = scratch_path("epochs");

	(void)state;
	assert_int_equal(epoch_of(path, "a.example"), 0);
	raise_epoch(path, "a.example", 1);
	raise_epoch(path, "Joe@B.example", 1);
	raise_epoch(path, "A.Example", 2);
	assert_int_equal(epoch_of(path, "a.EXAMPLE"), 2);
	assert_int_equal(epoch_of(path, "joe@b.example"), 1);
	assert_int_equal(epoch_of(path, "b.example"), 0);
	assert_int_equal(epoch_of(path, "a.exampl"), 0);
}

static void test_judge(void **state)
{
	const char *path = scratch_path("judged");

	(void)state;
	assert_int_equal(judge(path, LINK_VALID, "a.example", 0), LINK_VALID);
	raise_epoch(path, "a.example", 1);
	assert_int_equal(judge(path, LINK_VALID, "a.example", 0), LINK_REVOKED);
	assert_int_equal(judge(path, LINK_VALID, "a.example", 1), LINK_VALID);
	assert_int_equal(judge(path, LINK_VALID, "b.example", 0), LINK_VALID);
	assert_int_equal(judge(path, LINK_FORGED, "b.example", 0), LINK_FORGED);
	assert_int_equal(judge(path, LINK_EXPIRED, "b.example", 0), LINK_EXPIRED);
}

/* What can't be told is no leave. */
static void test_damaged(void **state)
{
	const char *const texts[] = {
		"a.example\n",    "a.example x\n",           "a.example 1 2\n",
		"a.example -1\n", "a.example 99999999999\n", "a\377"
	};
	uint32_t epoch;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *path = scratch_write("damaged", texts[i]);

		assert_false(link_epochs_of(path, STR("b.example"), &epoch, &error));
		assert_non_null(strstr(error.text, "damaged:1"));
		assert_int_equal(judge(path, LINK_VALID, "b.example", 0), LINK_REVOKED);
		assert_false(link_epochs_raise(path, STR("b.example"), &epoch, &error));
	}
	assert_int_equal(judge(scratch_path(""), LINK_VALID, "b.example", 0), LINK_REVOKED);
}

static void test_no_account(void **state)
{
	const char *const names[] = { "", " ", "a b", "a\n", " a", "a.example\nb.example 0" };
	const char *path = scratch_path("none");
	uint32_t epoch;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_false(link_epochs_raise(path, str_from(names[i]), &epoch, &error));
	assert_int_equal(access(path, F_OK), -1);
	assert_false(link_epochs_raise(scratch_path("no/dir"), STR("a"), &epoch, &error));
}

static void test_mode(void **state)
{
	const char *path = scratch_write("mode", "a.example 4\n");
	struct stat st;

	(void)state;
	assert_int_equal(chmod(path, 0640), 0);
	raise_epoch(path, "a.example", 5);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

/* None is lost where many are raised at once. */
static void test_at_once(void **state)
{
	const char *path = scratch_path("many");
	uint32_t epoch;

	(void)state;
	for (int child = 0; child < 4; child++) {
		if (fork() != 0)
			continue;
		for (int i = 0; i < 10; i++)
			if (!link_epochs_raise(path, STR("a.example"), &epoch, &error))
				_exit(1);
		_exit(0);
	}
	for (int child = 0, status; child < 4; child++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(epoch_of(path, "a.example"), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raise),   cmocka_unit_test(test_judge),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_no_account),
		cmocka_unit_test(test_mode),    cmocka_unit_test(test_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
