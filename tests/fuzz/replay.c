/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target over files: each as it is, at every prefix length (of its first part), and
 * with a few hundred mutations that are the same every time. So what a fuzzer once found stays
 * found, without a fuzzer. With libFuzzer, link the target without this file.
 */
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

static void replay(const char *path)
{
	static uint8_t data[INPUT_MAX], changed[INPUT_MAX];
	uint32_t random = 1;
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	run(data, size);
	for (size_t len = 0; len < size && len < PREFIX_MAX; len++)
		run(data, len);
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(changed, data, size);
		mutate(changed, size, &random);
		run(changed, size);
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
