/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes the lessons of messages, for bench/trial: lessons RULES[:RULES…] < LIST > LESSONS. The
 * list has a path a line; what is written is, for each, four bytes of length and the lesson.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "learn/lesson.h"
#include "scoring/assay.h"

static const unsigned char site_key[LEARN_KEY_BYTES] = "a key of a bench";

static struct policy *load(char *rules)
{
	struct arena *arena = arena_new(), *said = arena_new();
	struct problems problems;
	struct settings settings;
	struct str rest = str_from(rules), path;
	struct policy *policy;

	problems_init(&problems, said);
	settings_init(&settings, arena);
	settings.rules = (struct str_list){ 0 };
	while (str_next_piece(&rest, ':', &path))
		vec_push(arena, &settings.rules, path);
	settings.network_tests = false;
	settings.seal_key_file = STR("");
	settings.srs = SRS_POLICY_OFF;
	settings.srs_socketmap = STR("");
	policy = policy_build(arena, &settings, &problems);
	arena_free(said);
	return policy;
}

static bool read_file(struct arena *arena, const char *path, struct str *text_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t got;
	char *text;

	if (fd < 0 || fstat(fd, &status) != 0)
		return false;
	text = arena_alloc(arena, (size_t)status.st_size + 1);
	got = read(fd, text, (size_t)status.st_size);
	close(fd);
	*text_r = (struct str){ text, got < 0 ? 0 : (size_t)got };
	return got >= 0;
}

static void write_lesson(const struct policy *policy, const char *path)
{
	struct arena *arena = arena_new();
	struct envelope envelope = { 0 };
	const struct learn_key key = learn_key_read(site_key);
	const struct learned_models models = { .key = &key };
	struct assay_input input = {
		.envelope = &envelope,
		.deadline = deadline_in_ms(60000),
		.stored = true,
		.learned = &models,
	};
	const struct assay *assay;
	struct str lesson;
	uint32_t len;

	if (!read_file(arena, path, &input.raw)) {
		perror(path);
		exit(1);
	}
	assay = assay_message(arena, policy, &input);
	lesson = lesson_encode(arena, assay->learned->features);
	len = (uint32_t)lesson.len;
	fwrite(&len, sizeof(len), 1, stdout);
	fwrite(lesson.data, 1, lesson.len, stdout);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	struct policy *policy = argc == 2 ? load(argv[1]) : NULL;
	char path[4096];

	if (policy == NULL) {
		fprintf(stderr, "usage: lessons RULES[:RULES...] < LIST > LESSONS\n");
		return 2;
	}
	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		write_lesson(policy, path);
	}
	policy_free(policy);
	return fflush(stdout) == 0 ? 0 : 1;
}
