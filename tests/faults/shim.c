/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For LD_PRELOAD: faults of a machine that a test can have without one that is broken. They are
 * switched while the program runs, by the file that $ASSAY_FAULTS names: how many seconds the wall
 * clock is wrong; whether fsync() and fdatasync() stand still; what writing at a place in a file,
 * which only databases do, fails with, or 0. The monotonic clock is right, as the kernel's is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults {
	volatile long long offset_s;
	volatile long long stalled;
	volatile long long write_errno;
};

static const struct faults none;
static const struct faults *faults = &none;

__attribute__((constructor)) static void open_faults(void)
{
	const char *path = getenv("ASSAY_FAULTS");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map = fd >= 0 ? mmap(NULL, sizeof(none), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (map != MAP_FAILED)
		faults = map;
	if (fd >= 0)
		close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += faults->offset_s;
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec time;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &time);
	*now = (struct timeval){ .tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *now)
{
	struct timespec spec;

	clock_gettime(CLOCK_REALTIME, &spec);
	if (now != NULL)
		*now = spec.tv_sec;
	return spec.tv_sec;
}

static void stand_still(void)
{
	while (faults->stalled != 0)
		usleep(20000);
}

int fsync(int fd)
{
	stand_still();
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	stand_still();
	return (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	if (faults->write_errno != 0) {
		errno = (int)faults->write_errno;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	return pwrite64(fd, data, size, at);
}
