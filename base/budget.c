/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/budget.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/memory.h"

/* A share of less is of work that only begins: it waits behind those that came before. */
#define BEGUN_BYTES (64 * 1024)
/* Where memory is short it may be there again without anything being given back. */
#define LOOK_AGAIN_MS 1000

/* One that waits, on its thread's stack. */
struct waiter {
	struct waiter *next;
};

struct budget {
	size_t limit;
	size_t common;              /* what is left without the reserve */
	atomic_size_t used;         /* of what is common */
	atomic_size_t reserve_used; /* by the one that has the reserve */
	atomic_uint waiting;
	struct waiter *first, **last; /* of those that only begin */
	pthread_mutex_t lock;
	pthread_cond_t returned;
	bool reserve_taken;
};

struct budget *budget_new(size_t limit, size_t reserve)
{
	struct budget *budget = memory_calloc(1, sizeof(*budget));

	budget->limit = limit;
	budget->common = limit - (reserve < limit / 4 * 3 ? reserve : limit / 4 * 3);
	budget->last = &budget->first;
	pthread_mutex_init(&budget->lock, NULL);
	pthread_cond_init(&budget->returned, NULL);
	return budget;
}

size_t budget_limit(const struct budget *budget)
{
	return budget->limit;
}

size_t budget_used(const struct budget *budget)
{
	return atomic_load(&budget->used) + atomic_load(&budget->reserve_used);
}

size_t budget_waiting(const struct budget *budget)
{
	return atomic_load(&budget->waiting);
}

static void add_to_reserve(struct budget_share *share, size_t bytes)
{
	share->reserved += bytes;
	atomic_fetch_add(&share->budget->reserve_used, bytes);
}

/* Where nothing is held, one share may have more than there is. */
static bool take_common(struct budget *budget, size_t bytes)
{
	size_t used = atomic_load(&budget->used);

	if (memory_is_short())
		return false;
	do {
		if (used > 0 && (used >= budget->common || bytes > budget->common - used))
			return false;
	} while (!atomic_compare_exchange_weak(&budget->used, &used, used + bytes));
	return true;
}

/* The lock is held. */
static bool take_reserve(struct budget_share *share, size_t bytes)
{
	if (share->budget->reserve_taken)
		return false;
	share->has_reserve = share->budget->reserve_taken = true;
	add_to_reserve(share, bytes);
	return true;
}

static bool has_begun(const struct budget_share *share)
{
	return share->bytes >= BEGUN_BYTES;
}

/* The lock is held. */
static void leave_queue(struct budget *budget, struct waiter *waiter)
{
	struct waiter **link = &budget->first;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	if (budget->last == &waiter->next)
		budget->last = link;
	/* The next one's turn has come. */
	if (link == &budget->first && waiter->next != NULL)
		pthread_cond_broadcast(&budget->returned);
}

static bool wait_for_room(struct budget_share *share, size_t bytes, struct deadline deadline)
{
	struct budget *budget = share->budget;
	struct waiter waiter = { 0 };
	bool queues = !has_begun(share), taken = false;

	pthread_mutex_lock(&budget->lock);
	/* Before it looks, so that whoever gives back after that sees it. */
	atomic_fetch_add(&budget->waiting, 1);
	if (queues) {
		*budget->last = &waiter;
		budget->last = &waiter.next;
	}
	for (;;) {
		if (!queues || budget->first == &waiter)
			taken = take_common(budget, bytes) || take_reserve(share, bytes);
		if (taken || deadline_passed(deadline))
			break;
		condition_wait(&budget->returned, &budget->lock,
		               deadline_earlier(deadline, deadline_in_ms(LOOK_AGAIN_MS)));
	}
	if (queues)
		leave_queue(budget, &waiter);
	atomic_fetch_sub(&budget->waiting, 1);
	pthread_mutex_unlock(&budget->lock);
	return taken;
}

/* Those that wait go before those that only begin. */
static bool take_at_once(struct budget_share *share, size_t bytes)
{
	return (has_begun(share) || atomic_load(&share->budget->waiting) == 0) &&
	       take_common(share->budget, bytes);
}

bool budget_take(struct budget_share *share, size_t bytes, struct deadline deadline)
{
	if (share->budget == NULL)
		return true;
	if (share->has_reserve)
		add_to_reserve(share, bytes);
	else if (!take_at_once(share, bytes) && !wait_for_room(share, bytes, deadline))
		return false;
	share->bytes += bytes;
	return true;
}

bool budget_take_advance(struct budget_share *share, size_t bytes, struct deadline deadline)
{
	if (!budget_take(share, bytes, deadline))
		return false;
	share->advance += bytes;
	return true;
}

void budget_charge(struct budget_share *share, size_t bytes)
{
	size_t paid = bytes < share->advance ? bytes : share->advance;

	if (share->budget == NULL)
		return;
	share->advance -= paid;
	share->bytes += bytes - paid;
	if (share->has_reserve)
		add_to_reserve(share, bytes - paid);
	else if (bytes > paid)
		atomic_fetch_add(&share->budget->used, bytes - paid);
}

void budget_give(struct budget_share *share, size_t bytes)
{
	size_t reserved = bytes < share->reserved ? bytes : share->reserved;
	struct budget *budget = share->budget;

	if (budget == NULL)
		return;
	share->bytes -= bytes;
	share->reserved -= reserved;
	atomic_fetch_sub(&budget->reserve_used, reserved);
	atomic_fetch_sub(&budget->used, bytes - reserved);
	if (atomic_load(&budget->waiting) == 0)
		return;
	pthread_mutex_lock(&budget->lock);
	pthread_cond_broadcast(&budget->returned);
	pthread_mutex_unlock(&budget->lock);
}

void budget_return(struct budget_share *share)
{
	struct budget *budget = share->budget;

	bool had_reserve = share->has_reserve;

	/* First what it took, so that the next finds the whole. */
	budget_give(share, share->bytes);
	if (had_reserve) {
		pthread_mutex_lock(&budget->lock);
		budget->reserve_taken = false;
		pthread_cond_broadcast(&budget->returned);
		pthread_mutex_unlock(&budget->lock);
	}
	*share = (struct budget_share){ .budget = budget };
}
