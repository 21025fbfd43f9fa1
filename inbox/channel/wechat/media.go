package wechat

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Fetch implements channel.Channel. A picture whose media id fails is tried by
// its URL. NotFound is only returned when every way to the file says so.
func (o *official) Fetch(ctx context.Context, m channel.Media) (channel.File, error) {
	err := error(desk.Errorf(desk.NotFound, "消息没有附带文件"))
	if m.ExternalID != "" {
		var file channel.File
		if file, err = o.fetchID(ctx, m.ExternalID); err == nil {
			return file, nil
		}
	}
	if m.URL == "" || ctx.Err() != nil {
		return channel.File{}, err
	}
	file, f := o.fetchURL(ctx, m.URL)
	if f == nil {
		return file, nil
	}
	if urlErr := mediaError(f); desk.CodeOf(err) == desk.NotFound {
		err = urlErr
	}
	return channel.File{}, err
}

// fetchID downloads a temporary material (临时素材), kept for three days. A video
// is answered by the address of its file.
func (o *official) fetchID(ctx context.Context, id string) (channel.File, error) {
	var file channel.File
	var video string
	f := o.withToken(ctx, func(token string) *fault {
		var f *fault
		query := url.Values{"access_token": {token}, "media_id": {id}}
		file, video, f = o.download(ctx, apiURL("/cgi-bin/media/get", query))
		return f
	})
	if f == nil && video != "" {
		file, f = o.fetchURL(ctx, video)
	}
	if f != nil {
		return channel.File{}, mediaError(f)
	}
	return file, nil
}

// fetchURL downloads a file from one of the platform's hosts.
func (o *official) fetchURL(ctx context.Context, address string) (channel.File, *fault) {
	address, err := o.hosts.mediaURL(address)
	if err != nil {
		return channel.File{}, &fault{code: "bad_address", detail: err.Error()}
	}
	file, video, f := o.download(ctx, address)
	if f == nil && video != "" {
		f = &fault{code: "no_media", detail: "地址没有返回文件"}
	}
	return file, f
}

// download opens a file, or returns the address that a JSON answer names
// instead. JSON is told by its content type or its first byte, for errors come
// as text/plain.
func (o *official) download(ctx context.Context, address string) (file channel.File, video string, f *fault) {
	ctx, cancel := context.WithTimeout(ctx, o.options.MediaTimeout)
	open := false
	defer func() {
		if !open {
			cancel()
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return file, "", &fault{code: "internal", detail: "请求无法生成"}
	}
	res, f := o.do(req)
	if f != nil {
		return file, "", f
	}
	defer func() {
		if !open {
			res.Body.Close()
		}
	}()
	if res.StatusCode != http.StatusOK {
		return file, "", httpFault(res)
	}
	body := bufio.NewReader(res.Body)
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	first, _ := body.Peek(1)
	switch {
	case kind == "application/json" || bytes.Equal(first, []byte("{")):
		video, f = o.readVideo(res, body)
		return file, video, f
	case kind == "text/html" || len(first) == 0:
		return file, "", &fault{code: "no_media", detail: "地址没有返回文件"}
	}
	open = true
	return channel.File{
		Name: fileName(res.Header), ContentType: res.Header.Get("Content-Type"),
		Body: &download{Reader: body, body: res.Body, cancel: cancel},
	}, "", nil
}

// readVideo reads the JSON answer of media/get: an error or a video's address.
func (o *official) readVideo(res *http.Response, body io.Reader) (string, *fault) {
	raw, err := io.ReadAll(io.LimitReader(body, maxAnswer))
	if err != nil {
		return "", o.networkFault(err)
	}
	if f := o.answerFault(res, raw); f != nil {
		return "", f
	}
	var answer struct {
		Video string `json:"video_url"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Video == "" {
		return "", &fault{code: "no_media", detail: "接口没有返回文件"}
	}
	return answer.Video, nil
}

// download is an open file; closing it ends the request.
type download struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (d *download) Close() error {
	defer d.cancel()
	return d.body.Close()
}

// fileName is the name in Content-Disposition, without any folder.
func fileName(header http.Header) string {
	_, params, err := mime.ParseMediaType(header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	name := path.Base(strings.ReplaceAll(clean(params["filename"]), `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// mediaError says whether a file is gone or may be had later.
func mediaError(f *fault) error {
	gone := f.code == "http_404" || f.code == "http_410" || f.code == "bad_address"
	if f.api != nil {
		gone = f.api.ErrCode == 40007 || f.api.ErrCode == 40004
	}
	if gone {
		return &desk.Error{Code: desk.NotFound, Message: "文件不存在或已过期", Cause: f}
	}
	return &desk.Error{Code: desk.Unavailable, Message: "文件暂时无法下载：" + f.report()}
}
