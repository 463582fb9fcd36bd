/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rules_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "tests/unit/scratch.h"

static const char rules[] =
	"body A /some words/i\nbody B /other words/\nheader C Subject =~ /hello/\n"
	"rawbody D /<b>bold/\nfull E /whole text/\nuri F /example\\.com/\n";
static const char mail[] = "Subject: well, hello\n\nsome words, not others; http://example.com/\n";

/* More literals than are compiled at once; all of one region. */
#define MANY 150

static const char *many_rules(struct arena *arena)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	strbuf_add(&text, str_from(rules));
	for (int i = 0; i < MANY; i++)
		strbuf_printf(&text, "body M%d /number %d of many/\n", i, i);
	return arena_cstr(arena, strbuf_str(&text));
}

/* Loads the rules with a cache in this directory of the scratch directory. */
static void load(struct rules_fixture *f, const char *directory, bool cached_only)
{
	f->problems.len = 0;
	f->options.cache_directory = str_from(scratch_path(directory));
	f->options.cached_only = cached_only;
	rules_load(f, many_rules(f->arena));
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A C F");
}

static void fill(struct rules_fixture *f, const char *directory)
{
	assert_int_equal(mkdir(scratch_path(directory), 0755), 0);
	load(f, directory, false);
	assert_int_equal(f->set->cache.compiled, 5);
	assert_int_equal(f->problems.len, 0);
}

/* Calls change() on each file of the directory; returns how many there are. */
static size_t each_file(const char *directory, void (*change)(const char *path))
{
	DIR *dir = opendir(scratch_path(directory));
	struct dirent *entry;
	char path[600];
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' && strstr(entry->d_name, ".hsdb") == NULL)
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%s", scratch_path(directory), entry->d_name);
		if (change != NULL)
			change(path);
	}
	closedir(dir);
	return count;
}

static void test_second_load_compiles_nothing(void **state)
{
	struct rules_fixture *f = *state;

	fill(f, "plain");
	assert_int_equal(each_file("plain", NULL), 1);
	load(f, "plain", false);
	assert_int_equal(f->set->cache.loaded, 5);
	assert_int_equal(f->set->cache.compiled, 0);
	load(f, "plain", true);
	assert_int_equal(f->set->cache.loaded, 5);
	assert_false(ruleset_is_provisional(f->set));
	assert_int_equal(f->problems.len, 0);
}

static void test_without_a_cache_the_hits_are_the_same(void **state)
{
	struct rules_fixture *f = *state;

	load(f, "nowhere", true);
	assert_true(ruleset_is_provisional(f->set));
	assert_int_equal(f->set->cache.left_out, 1);
	load(f, "nowhere", false);
	assert_false(ruleset_is_provisional(f->set));
	assert_int_equal(f->set->cache.compiled, 5);
	assert_int_equal(f->problems.len, 0);
	assert_int_not_equal(access(scratch_path("nowhere"), F_OK), 0);
}

static void cut(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void cut_short(const char *path)
{
	assert_int_equal(truncate(path, 3), 0);
}

static void flip(const char *path, off_t offset)
{
	int fd = open(path, O_RDWR);
	char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

static void flip_first(const char *path)
{
	flip(path, 0);
}

static void flip_in_data(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	flip(path, st.st_size / 2);
}

static void open_to_others(const char *path)
{
	assert_int_equal(chmod(path, 0666), 0);
}

static void make_link(const char *path)
{
	char target[700];

	snprintf(target, sizeof(target), "%s.target", path);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
}

/* Of a changed cache nothing is used; it is made anew, and then used. */
static void check_change(struct rules_fixture *f, const char *directory,
                         void (*change)(const char *path), const char *note)
{
	fill(f, directory);
	each_file(directory, change);
	load(f, directory, false);
	assert_int_equal(f->set->cache.loaded, 0);
	assert_int_equal(f->set->cache.compiled, 5);
	assert_int_equal(f->problems.len, note != NULL ? 1 : 0);
	if (note != NULL)
		assert_true(str_find(f->problems.items[0].text, str_from(note)) > 0);
	load(f, directory, false);
	assert_int_equal(f->set->cache.loaded, 5);
	assert_int_equal(f->problems.len, 0);
}

static void test_damage(void **state)
{
	check_change(*state, "cut", cut, "it is damaged");
	check_change(*state, "short", cut_short, "too short");
	check_change(*state, "first", flip_first, "it is damaged");
	check_change(*state, "data", flip_in_data, "it is damaged");
	check_change(*state, "open", open_to_others, "others may write to it");
	check_change(*state, "link", make_link, NULL);
}

static char foreign[600];

/* Puts the file whose path was kept at the last call in place of this one. */
static void take_name(const char *path)
{
	if (foreign[0] != '\0') {
		unlink(path);
		assert_int_equal(rename(foreign, path), 0);
	}
	snprintf(foreign, sizeof(foreign), "%s", path);
}

/* A file of another rule set under the name of ours. */
static void test_foreign(void **state)
{
	struct rules_fixture *f = *state;

	fill(f, "foreign");
	assert_int_equal(mkdir(scratch_path("other"), 0755), 0);
	f->options.cache_directory = str_from(scratch_path("other"));
	rules_load(f, "body A /some word/i\n");
	assert_int_equal(f->set->cache.compiled, 1);
	each_file("other", take_name);
	each_file("foreign", take_name);
	load(f, "foreign", false);
	assert_int_equal(f->set->cache.loaded, 0);
	assert_int_equal(f->set->cache.compiled, 5);
	assert_int_equal(f->problems.len, 1);
}

static void test_directory_that_others_write_to(void **state)
{
	struct rules_fixture *f = *state;

	fill(f, "shared");
	assert_int_equal(chmod(scratch_path("shared"), 0775), 0);
	load(f, "shared", false);
	assert_int_equal(f->set->cache.loaded, 0);
	assert_int_equal(f->problems.len, 1);
	assert_true(str_find(f->problems.items[0].text, STR("chmod go-w")) > 0);
}

static void give_to_nobody(const char *path)
{
	assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
}

/* Root doesn't trust the daemon's user, and has nothing to say of its cache; in a directory of
 * root's, such a file is odd. */
static void test_cache_of_the_daemon(void **state)
{
	struct rules_fixture *f = *state;

	if (geteuid() != 0)
		skip();
	fill(f, "odd");
	each_file("odd", give_to_nobody);
	load(f, "odd", false);
	assert_int_equal(f->set->cache.loaded, 0);
	assert_int_equal(f->problems.len, 1);
	assert_true(str_find(f->problems.items[0].text, STR("another user")) > 0);
	fill(f, "daemons");
	each_file("daemons", give_to_nobody);
	give_to_nobody(scratch_path("daemons"));
	load(f, "daemons", false);
	assert_int_equal(f->set->cache.loaded, 0);
	assert_int_equal(f->problems.len, 0);
}

/* Old files go, and what a process that died was writing. */
static void test_tidy(void **state)
{
	static const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct rules_fixture *f = *state;
	char name[64];

	assert_int_equal(mkdir(scratch_path("old"), 0755), 0);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "old/%s%d.hsdb%s", i == 0 ? "." : "", i,
		         i == 0 ? ".77" : "");
		scratch_write(name, "x");
		assert_int_equal(utimensat(AT_FDCWD, scratch_path(name), long_ago, 0), 0);
	}
	load(f, "old", false);
	assert_int_not_equal(access(scratch_path("old/.0.hsdb.77"), F_OK), 0);
	assert_int_equal(each_file("old", NULL), 10);
	load(f, "old", false);
	assert_int_equal(f->set->cache.loaded, 5);
}

static void test_other_literals_have_another_file(void **state)
{
	struct rules_fixture *f = *state;

	fill(f, "two");
	rules_load(f, "body A /some word/i\n");
	assert_int_equal(f->set->cache.compiled, 1);
	assert_int_equal(each_file("two", NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_second_load_compiles_nothing),
		rules_test(test_without_a_cache_the_hits_are_the_same),
		rules_test(test_damage),
		rules_test(test_foreign),
		rules_test(test_directory_that_others_write_to),
		rules_test(test_cache_of_the_daemon),
		rules_test(test_tidy),
		rules_test(test_other_literals_have_another_file),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
