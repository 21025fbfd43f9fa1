// Package inbox is the desk's first tree: what citizens wrote, the tickets it
// becomes, the replies that go out and the clocks that run meanwhile. Service
// has the use cases; Store is what it needs of a database; the platforms come
// in through inbox/channel. It knows no HTTP, no SQL and no platform.
//
// The words, one for each thing (screen word, code word):
//
//	账号      Account     one account on one platform
//	市民      Contact     a person as one account sees them
//	消息      Message     what a citizen wrote: private or a public comment
//	工单      Ticket      one request to be closed in a loop
//	答复      Reply       an outbound text on its way
//	发送      Delivery    one attempt of one reply on one platform
//	承办单位  Department  who answers what the desk cannot
//	转办      Escalation  a ticket given to a department
//	时限      Clock       one deadline of one ticket
//	备注      Note        an internal remark, never sent
//	模板      Template    a text that replies are begun with
//	小组      Team        people whom the desk gives tickets to
//	接单      Workload    how much one person is given, and whether any now
//	事件      Event       a fact that happened, numbered
package inbox
