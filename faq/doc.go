// Package faq is the library of standard answers: entries with their similar
// questions, their way from draft to published and back, import and export, and
// the policy of search. It keeps entries through a Store and finds them through
// an Index; what it knows of neither is SQL or Bleve.
//
// Words (screen, code, meaning):
//
//	知识条目  Entry     one standard answer with the question it answers
//	相似问法  Similar   another wording of the same question
//	版本      Revision  what an entry said after one change
//	修改稿    Proposal  a text on its way: draft, in review, rejected, scheduled
//	状态      State     draft 草稿, published 已发布, retired 已停用
//	有效期    ValidFrom, ValidTo  first and last day, in China's time; "" is open
//
// What citizens read changes through a Proposal. A second person, never one of
// its authors, approves it (四眼); only then does it become the entry's text, at
// once or at its time.
//
// Only a published entry within its days is current, and only current entries
// are ever found by Search: every hit is read from the Store at that moment.
package faq
