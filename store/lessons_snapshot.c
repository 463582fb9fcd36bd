/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PREFIX.NAME.model: a struct head, then model_bytes(). A new one is written under another name and
 * renamed, so that the file is whole at any time. It must belong to us or root and be nobody
 * else's to write, for it decides what is spam.
 */
#include "store/lessons_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/write_all.h"
#include "store/lessons_scope.h"

#define MAGIC "assay-model-1\n\0"

struct head {
	char magic[16];
	char scope[LESSONS_SCOPE_SIZE];
	char last_message[40];
	uint64_t generation, learned, last_major, last_minor;
	int64_t last_time_us;
	uint64_t size;     /* of what follows */
	uint64_t checksum; /* of that, and of this with 0 here */
};

static char *file_name(const struct lessons *lessons, const char *scope, const char *end)
{
	const char *prefix = lessons_snapshot_prefix(lessons);
	size_t size = strlen(prefix) + strlen(end) + 40;
	char *name = memory_alloc(size);

	/* A name may hold any character. */
	if (scope[0] == '\0')
		snprintf(name, size, "%s.site%s", prefix, end);
	else
		snprintf(name, size, "%s.%016llx%s", prefix,
		         (unsigned long long)str_hash(str_from(scope)), end);
	return name;
}

static uint64_t checksum(const struct head *head, struct str body)
{
	struct head plain = *head;

	plain.checksum = 0;
	return str_hash_words(body) * 31 +
	       str_hash_words((struct str){ (const char *)&plain, sizeof(plain) });
}

static bool is_trusted(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && (st->st_mode & 022) == 0 &&
	       (st->st_uid == geteuid() || st->st_uid == 0 || geteuid() == 0);
}

/* The whole file, malloc'd; NULL where there is none to be believed. */
static char *read_file(const char *name, size_t *len_r)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *data = NULL;
	size_t len = 0;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (is_trusted(fd, &st) && st.st_size < (off_t)64 << 20) {
		data = memory_alloc((size_t)st.st_size + 1);
		while (len < (size_t)st.st_size) {
			ssize_t got = read(fd, data + len, (size_t)st.st_size - len);

			if (got <= 0)
				break;
			len += (size_t)got;
		}
	}
	close(fd);
	*len_r = len;
	return data;
}

/* NULL, or why it isn't to be used; "" without saying so. */
static const char *check(const char *data, size_t len, const char *scope, struct head *head,
                         struct str *body)
{
	if (len < sizeof(*head))
		return "is cut off";
	memcpy(head, data, sizeof(*head));
	if (memcmp(head->magic, MAGIC, sizeof(head->magic)) != 0)
		return "is of another version";
	*body = (struct str){ data + sizeof(*head), len - sizeof(*head) };
	if (head->size != body->len || head->checksum != checksum(head, *body))
		return "is damaged";
	/* Another scope's, whose name has the same hash. */
	return strncmp(head->scope, scope, sizeof(head->scope)) == 0 ? NULL : "";
}

static void use(const struct head *head, struct str body, unsigned bits,
                struct lessons_model *model_r)
{
	struct model *model = model_read(body);

	if (model != NULL && model_bits(model) != bits) {
		model_free(model);
		model = NULL;
	}
	if (model == NULL)
		return;
	*model_r = (struct lessons_model){
		.model = model,
		.generation = head->generation,
		.learned = head->learned,
		.in_snapshot = head->learned,
		.last = { head->last_major, head->last_minor },
		.last_time_us = head->last_time_us,
	};
	memcpy(model_r->last_message, head->last_message, LESSON_MESSAGE_SIZE - 1);
}

void lessons_snapshot_read(const struct lessons *lessons, const char *scope, unsigned bits,
                           struct lessons_model *model_r)
{
	char *name = file_name(lessons, scope, ".model");
	size_t len;
	char *data = read_file(name, &len);

	if (data != NULL) {
		const char *why;
		struct head head;
		struct str body;

		why = check(data, len, scope, &head, &body);
		if (why == NULL)
			use(&head, body, bits, model_r);
		else if (why[0] != '\0')
			log_warning(NULL, "lessons: %s %s; the model is made anew from the journal",
			            name, why);
	}
	free(data);
	free(name);
}

/* What root writes, assayd may have to write the next time; its directory's owner. */
static void give_to_owner(const struct lessons *lessons, int fd)
{
	char *directory = memory_strdup(lessons_snapshot_prefix(lessons));
	struct stat st;

	*(strrchr(directory, '/') + 1) = '\0';
	if (geteuid() == 0 && stat(directory, &st) == 0 && st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid) != 0)
		log_warning(NULL, "lessons: %s: %s", directory, strerror(errno));
	free(directory);
}

bool lessons_snapshot_write(const struct lessons *lessons, const char *scope,
                            const struct lessons_model *model)
{
	struct str body = model_bytes(model->model);
	struct head head = {
		.magic = MAGIC,
		.generation = model->generation,
		.learned = model->learned,
		.last_major = model->last.major,
		.last_minor = model->last.minor,
		.last_time_us = model->last_time_us,
		.size = body.len,
	};
	char *name = file_name(lessons, scope, ".model"), *new;
	char end[40];
	bool ok;
	int fd;

	snprintf(head.scope, sizeof(head.scope), "%s", scope);
	snprintf(head.last_message, sizeof(head.last_message), "%s", model->last_message);
	head.checksum = checksum(&head, body);
	snprintf(end, sizeof(end), ".new-%ld", (long)getpid());
	new = file_name(lessons, scope, end);
	unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd >= 0;
	if (ok) {
		give_to_owner(lessons, fd);
		ok = write_all(fd, (struct str){ (const char *)&head, sizeof(head) }) &&
		     write_all(fd, body);
		ok = close(fd) == 0 && ok && rename(new, name) == 0;
		if (!ok)
			unlink(new);
	}
	free(new);
	free(name);
	return ok;
}
