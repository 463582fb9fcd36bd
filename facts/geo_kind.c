/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/geo.h"

const char *geo_kind_name(enum geo_kind kind)
{
	static const char *const names[GEO_KIND_COUNT] = {
		[GEO_CITY] = "city",
		[GEO_COUNTRY] = "country",
		[GEO_ISP] = "isp",
		[GEO_ASN] = "asn",
	};

	return names[kind];
}
