/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target over files: each as it is, at every prefix length (of its first part), and
 * with a few hundred mutations that are the same every time. So what a fuzzer once found stays
 * found, without a fuzzer. A fuzzer's engine has a main() of its own (configure --enable-fuzzing).
 *
 * FUZZ_ROUNDS in the environment: this many mutations of each file, of which those beyond the first
 * hundreds also move and repeat lines; fewer than the usual 300 also mean as few prefixes.
 * FUZZ_SEED: others. FUZZ_AS_IS: each file as it is, and no more.
 */
#ifndef ASSAY_FUZZ_ENGINE

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX  (1024 * 1024)
#define PREFIX_MAX 4096
#define MUTATIONS  300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly that size, so that sanitizers see what is read beyond it. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void mutate(uint8_t *data, size_t size, uint32_t *random)
{
	static const char interesting[] = "\n\r\t \"\\@,;:<>()=%|/+-\0\xff#";
	unsigned changes = 1 + next_random(random) % 4;

	while (size > 0 && changes-- > 0) {
		size_t at = next_random(random) % size;

		if (next_random(random) % 2 == 0)
			data[at] = (uint8_t)
				interesting[next_random(random) % (sizeof(interesting) - 1)];
		else
			data[at] ^= (uint8_t)(1u << next_random(random) % 8);
	}
}

/* A piece of whole lines is put elsewhere, in place of what was there. */
static size_t move_lines(uint8_t *data, size_t size, uint32_t *random)
{
	size_t from = next_random(random) % (size + 1), to = next_random(random) % (size + 1);
	size_t end = from;

	while (from > 0 && data[from - 1] != '\n')
		from--;
	while (end < size && data[end] != '\n')
		end++;
	while (to > 0 && data[to - 1] != '\n')
		to--;
	end += end < size;
	if (to + (end - from) > INPUT_MAX)
		return size;
	memmove(data + to, data + from, end - from);
	return to + (end - from) > size ? to + (end - from) : size;
}

static uint32_t from_environment(const char *name, uint32_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : otherwise;
}

/* From one prefix to the next. */
static size_t step(size_t size, uint32_t rounds)
{
	return rounds >= MUTATIONS ? 1 : size / (rounds + 1) + 1;
}

static void replay(const char *path)
{
	static uint8_t data[INPUT_MAX], changed[INPUT_MAX];
	uint32_t random = from_environment("FUZZ_SEED", 1);
	uint32_t rounds = from_environment("FUZZ_ROUNDS", MUTATIONS);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	run(data, size);
	if (getenv("FUZZ_AS_IS") != NULL)
		return;
	for (size_t len = 0; len < size && len < PREFIX_MAX; len += step(size, rounds))
		run(data, len);
	for (uint32_t i = 0; i < rounds; i++) {
		size_t changed_size = size;

		memcpy(changed, data, size);
		for (unsigned moves = i < MUTATIONS ? 0 : next_random(&random) % 4; moves > 0;
		     moves--)
			changed_size = move_lines(changed, changed_size, &random);
		mutate(changed, changed_size, &random);
		run(changed, changed_size);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 64;
	}
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return 0;
}

#endif
