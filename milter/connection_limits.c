/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/connection_limits.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "milter/pool_poll.h"

#define BUCKETS 1024

/* One that has connections: an IPv4 address, mapped, or a network of IPv6. */
struct client {
	struct client *next; /* of its bucket */
	unsigned char address[16];
	size_t connections;
	size_t served; /* of them, those that have a place */
};

struct connection {
	struct client *client; /* NULL: it has no address */
	bool is_open, is_served, answers_mail;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection connections[POOL_POLL_DESCRIPTORS];
static struct client *buckets[BUCKETS];
static size_t served_count, open_count;
static size_t max_all = SIZE_MAX, max_client;

void connection_limits_init(size_t all, size_t per_client)
{
	max_all = all;
	max_client = per_client;
}

size_t connection_limits_max(void)
{
	return max_all;
}

size_t connection_limits_count(void)
{
	size_t count;

	pthread_mutex_lock(&lock);
	count = open_count;
	pthread_mutex_unlock(&lock);
	return count;
}

static struct connection *connection_of(int fd)
{
	return fd >= 0 && fd < POOL_POLL_DESCRIPTORS ? &connections[fd] : NULL;
}

/* False where it has none. */
static bool read_address(const struct sockaddr *peer, unsigned char address[16])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;

	memset(address, 0, 16);
	if (peer != NULL && peer->sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		memcpy(address, &v6->sin6_addr, 8);
		return true;
	}
	memset(address + 10, 0xff, 2);
	if (peer != NULL && peer->sa_family == AF_INET6)
		memcpy(address + 12, v6->sin6_addr.s6_addr + 12, 4);
	else if (peer != NULL && peer->sa_family == AF_INET)
		memcpy(address + 12, &v4->sin_addr, 4);
	else
		return false;
	return true;
}

/* Where it is, or is to be added. */
static struct client **find(const unsigned char address[16])
{
	uint32_t hash = 2166136261u;
	struct client **link;

	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ address[i]) * 16777619u;
	link = &buckets[hash % BUCKETS];
	while (*link != NULL && memcmp((*link)->address, address, 16) != 0)
		link = &(*link)->next;
	return link;
}

static struct client *client_of(const struct sockaddr *peer)
{
	unsigned char address[16];
	struct client **link;

	if (max_client == 0 || !read_address(peer, address))
		return NULL;
	link = find(address);
	if (*link == NULL) {
		*link = memory_calloc(1, sizeof(**link));
		memcpy((*link)->address, address, 16);
	}
	return *link;
}

static void forget_client(struct client *client)
{
	struct client **link;

	if (client == NULL || --client->connections > 0)
		return;
	link = find(client->address);
	*link = client->next;
	free(client);
}

/* The lock is held. */
static void close_connection(struct connection *connection)
{
	if (!connection->is_open)
		return;
	open_count--;
	served_count -= connection->is_served;
	if (connection->client != NULL)
		connection->client->served -= connection->is_served;
	forget_client(connection->client);
	*connection = (struct connection){ 0 };
}

/* The lock is held. One that was beyond a limit has its place once there is room. */
static enum overload_limit find_place(struct connection *connection)
{
	struct client *client = connection->client;

	if (connection->is_served)
		return OVERLOAD_NONE;
	if (served_count >= max_all)
		return OVERLOAD_CONNECTIONS;
	if (client != NULL && client->served >= max_client)
		return OVERLOAD_CLIENT;
	connection->is_served = true;
	served_count++;
	if (client != NULL)
		client->served++;
	return OVERLOAD_NONE;
}

void connection_limits_open(int fd, const struct sockaddr *peer)
{
	struct connection *connection = connection_of(fd);

	if (connection == NULL)
		return;
	pthread_mutex_lock(&lock);
	close_connection(connection);
	connection->is_open = true;
	open_count++;
	connection->client = client_of(peer);
	if (connection->client != NULL)
		connection->client->connections++;
	find_place(connection);
	pthread_mutex_unlock(&lock);
}

void connection_limits_close(int fd)
{
	struct connection *connection = connection_of(fd);

	if (connection == NULL)
		return;
	pthread_mutex_lock(&lock);
	close_connection(connection);
	pthread_mutex_unlock(&lock);
}

enum overload_limit connection_limits_judge(int fd)
{
	struct connection *connection = connection_of(fd);
	enum overload_limit limit;

	if (connection == NULL)
		return OVERLOAD_NONE;
	pthread_mutex_lock(&lock);
	limit = connection->is_open ? find_place(connection) : OVERLOAD_NONE;
	pthread_mutex_unlock(&lock);
	return limit;
}

void connection_limits_set_answers_mail(int fd, bool answers)
{
	struct connection *connection = connection_of(fd);

	if (connection == NULL)
		return;
	pthread_mutex_lock(&lock);
	connection->answers_mail = answers;
	pthread_mutex_unlock(&lock);
}

bool connection_limits_answers_mail(int fd)
{
	struct connection *connection = connection_of(fd);
	bool answers;

	if (connection == NULL)
		return false;
	pthread_mutex_lock(&lock);
	answers = connection->answers_mail;
	pthread_mutex_unlock(&lock);
	return answers;
}
