package api_test

import (
	"net/url"
	"testing"
)

func TestViews(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-citizen-a91c", "停水了")
	d.says(t, 2, "o-citizen-77fe", "路灯不亮")
	d.post(t, "limin", "/api/v1/tickets/"+ticket+"/priority", body{"priority": "urgent"})
	d.post(t, "limin", "/api/v1/tickets/"+ticket+"/tags", body{"tags": []string{"供水"}})
	d.post(t, "limin", "/api/v1/tickets/"+ticket+"/category", body{"category": "民生"})
	changed := []string{"view.changed"}
	d.run(t, []scenario{
		{name: "by tag", as: "limin", call: "GET /tickets?tag=" + url.QueryEscape("供水"), status: 200, want: map[string]any{"items.#": 1}},
		{name: "by category", as: "limin", call: "GET /tickets?view=all&category=" + url.QueryEscape("民生"), status: 200, want: map[string]any{"items.#": 1}},
		{name: "by priority", as: "limin", call: "GET /tickets?view=all&priority=normal", status: 200, want: map[string]any{"items.#": 1, "items.0.id": "2"}},
		{name: "by a team", as: "limin", call: "GET /tickets?team_id=1", status: 200, want: map[string]any{"items.#": 0}},
		{name: "by a team, of all that ever were", as: "limin", call: "GET /tickets?view=all&team_id=1", status: 422, want: map[string]any{"fields.0.name": "team_id"}},
		{name: "late", as: "limin", call: "GET /tickets?view=all&late=true", status: 200, want: map[string]any{"items.#": 0}},
		{name: "a tag of all that ever were", as: "limin", call: "GET /tickets?view=all&tag=x", status: 422, want: map[string]any{"fields.0.name": "tag"}},
		{name: "no name", as: "limin", call: "POST /views", in: body{"filter": body{"view": "mine"}}, status: 422, want: map[string]any{"fields.0.name": "name"}},
		{name: "save", as: "limin", call: "POST /views", in: body{"name": "紧急供水", "filter": body{
			"view": "open", "account_id": "1", "assignee_id": "none", "tag": "供水", "priority": "urgent", "sort": "newest"}}, status: 201,
			want: map[string]any{"id": "1", "scope": "mine", "owner.name": "李敏", "changeable": true, "filter.assignee_id": "none", "filter.priority": "urgent",
				"filter.account_id": "1", "filter.late": absent, "filter.tag": "供水", "filter.sort": "newest", "filter.q": absent}, events: changed},
		{name: "for all", as: "chief", call: "POST /views", in: body{"name": "搜索居住证", "scope": "all", "filter": body{"view": "all", "q": "居住证", "from": "2026-11-01"}}, status: 201,
			want: map[string]any{"id": "2", "filter.q": "居住证", "filter.from": "2026-11-01"}, events: changed},
		{name: "for staff", as: "chief", call: "POST /views", in: body{"name": "待我办", "scope": "role", "role": "staff", "filter": body{"view": "open", "assignee_id": "me"}}, status: 201,
			want: map[string]any{"role": "staff", "filter.assignee_id": "me"}, events: changed},
		{name: "listed", as: "limin", call: "GET /views", status: 200, want: map[string]any{"items.#": 3, "items.0.id": "1", "items.1.changeable": false}},
		{name: "counted", as: "limin", call: "GET /views/counts", status: 200, want: map[string]any{
			"items.#": 2, "items.0.id": "1", "items.0.count": 1, "items.0.more": false, "items.1.id": "3", "items.1.count": 0}},
		{name: "order", as: "limin", call: "PUT /views/order", in: body{"ids": []string{"3", "1"}}, status: 204},
		{name: "in order", as: "limin", call: "GET /views", status: 200, want: map[string]any{"items.0.id": "3", "items.1.id": "1", "items.2.id": "2"}},
		{name: "not the chief's order", as: "chief", call: "GET /views", status: 200, want: map[string]any{"items.#": 2, "items.0.id": "2"}},
		{name: "rename another's", as: "chief", call: "PATCH /views/1", in: body{"name": "x"}, status: 404},
		{name: "rename one for all", as: "limin", call: "PATCH /views/2", in: body{"name": "x"}, status: 403},
		{name: "share with colleagues", as: "limin", call: "PATCH /views/1", in: body{"scope": "role"}, status: 200, want: map[string]any{"role": "staff", "filter.tag": "供水"}, events: changed},
		{name: "delete", as: "chief", call: "DELETE /views/1", status: 204, events: changed},
		{name: "gone", as: "limin", call: "GET /views", status: 200, want: map[string]any{"items.#": 2}},
	})
}
