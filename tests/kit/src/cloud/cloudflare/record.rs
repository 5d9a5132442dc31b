//! Records, and what may be done to them.

use serde_json::{Map, Value, json};

use super::super::Response;
use super::Zone;
use super::forms::{self, absolute};

/// A refusal: status, code and words.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    code: u32,
    words: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: u32, words: impl Into<String>) -> Self {
        Self { status, code, words: words.into() }
    }

    pub(super) fn response(&self) -> Response {
        let body = json!({
            "success": false, "errors": [{ "code": self.code, "message": self.words }], "messages": [], "result": null,
        });
        Response::json(self.status, &body)
    }
}

pub(super) fn refuse<T>(code: u32, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(400, code, words))
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// 32 hexadecimal digits, never used twice.
    pub id: String,
    /// Absolute owner name without the final dot, in lower case.
    pub name: String,
    /// Mnemonic.
    pub rtype: String,
    /// Names without final dot; presentation format where there is `data`.
    pub content: String,
    /// The members of the data, for types that have them.
    pub data: Option<Value>,
    /// Beside the data, for MX and URI.
    pub priority: Option<u64>,
    /// Seconds; 1 is automatic.
    pub ttl: u32,
    /// Whether the proxy answers.
    pub proxied: bool,
    /// A remark.
    pub comment: Option<String>,
    /// Remarks of a form.
    pub tags: Vec<String>,
    /// Switches.
    pub settings: Map<String, Value>,
    /// Routing inside a private network.
    pub private_routing: Option<bool>,
    /// What the API says of it; `read_only` protects it.
    pub meta: Map<String, Value>,
    /// What a later version of the API may say besides.
    pub more: Map<String, Value>,
    created_on: String,
    modified_on: String,
}

impl Record {
    pub(super) fn json(&self) -> Value {
        let mut value = json!({
            "id": self.id,
            "name": self.name,
            "type": self.rtype,
            "content": self.content,
            "proxiable": is_proxiable(&self.rtype),
            "proxied": self.proxied,
            "ttl": self.ttl,
            "settings": self.settings,
            "meta": self.meta,
            "comment": self.comment,
            "tags": self.tags,
            "created_on": self.created_on,
            "modified_on": self.modified_on,
        });
        // Of this one type the API's schema knows no comment that is null.
        if self.rtype == "OPENPGPKEY" && self.comment.is_none() {
            value["comment"] = json!("");
        }
        if let Some(data) = &self.data {
            value["data"] = data.clone();
        }
        if let Some(priority) = self.priority {
            value["priority"] = json!(priority);
        }
        if let Some(private) = self.private_routing {
            value["private_routing"] = json!(private);
        }
        if self.comment.is_some() {
            value["comment_modified_on"] = json!(self.modified_on);
        }
        if !self.tags.is_empty() {
            value["tags_modified_on"] = json!(self.modified_on);
        }
        for (name, more) in &self.more {
            value[name] = more.clone();
        }
        value
    }

    /// The data in presentation format.
    pub fn text(&self) -> String {
        match self.rtype.as_str() {
            "A" | "AAAA" | "OPENPGPKEY" | "TXT" => self.content.clone(),
            "MX" => format!("{} {}", self.priority.unwrap_or_default(), absolute(&self.content)),
            rtype => match &self.data {
                Some(data) => forms::text_of(rtype, data, self.priority).unwrap_or_default(),
                None => absolute(&self.content),
            },
        }
    }
}

pub(super) fn is_proxiable(rtype: &str) -> bool {
    matches!(rtype, "A" | "AAAA" | "CNAME")
}

impl Zone {
    fn now(&mut self) -> String {
        self.moves += 1;
        let seconds = self.moves / 1_000;
        let (hours, minutes) = (seconds / 3_600 % 24, seconds / 60 % 60);
        format!("2026-11-23T{hours:02}:{minutes:02}:{:02}.{:06}Z", seconds % 60, self.moves % 1_000)
    }

    /// A record in presentation format, by somebody else's hand; automatic where the TTL is 1.
    ///
    /// # Errors
    /// What the API would say.
    pub fn add(&mut self, name: &str, ttl: u32, rtype: &str, data: &str) -> Result<&mut Record, String> {
        let mut body = json!({ "name": name.trim_end_matches('.'), "type": rtype, "ttl": ttl });
        if forms::has_data(rtype) {
            let (data, priority) =
                forms::data_of(rtype, data).ok_or_else(|| format!("no {rtype}: {data}"))?;
            body["data"] = data;
            body["priority"] = json!(priority);
        } else if rtype == "MX" {
            let (priority, host) = data.split_once(' ').ok_or("no MX")?;
            body["priority"] = json!(priority.parse::<u64>().map_err(|error| error.to_string())?);
            body["content"] = json!(host);
        } else {
            body["content"] = json!(data);
        }
        let id = self.create(&body).map_err(|refusal| refusal.words)?.id.clone();
        self.records.iter_mut().find(|record| record.id == id).ok_or_else(|| "it is gone".into())
    }

    /// Every record at this absolute name and of this type, for somebody else's hand.
    pub fn at(&mut self, name: &str, rtype: &str) -> Vec<&mut Record> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let all = self.records.iter_mut();
        all.filter(|record| record.name == name && record.rtype == rtype).collect()
    }

    /// Changes a record as the API would: with a new time.
    pub fn edit(&mut self, name: &str, rtype: &str, hand: impl Fn(&mut Record)) {
        let now = self.now();
        for record in self.at(name, rtype) {
            hand(record);
            record.modified_on = now.clone();
        }
    }

    /// Takes away the records of this name and type that fit.
    pub fn remove(&mut self, name: &str, rtype: &str, fits: impl Fn(&Record) -> bool) {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.records.retain(|record| !(record.name == name && record.rtype == rtype && fits(record)));
    }

    pub(super) fn get(&self, id: &str) -> Result<&Record, Refusal> {
        let found = self.records.iter().find(|record| record.id == id);
        found.ok_or_else(|| Refusal::new(404, 81044, "Record does not exist."))
    }

    fn writable(&self, id: &str) -> Result<usize, Refusal> {
        let record = self.get(id)?;
        if record.meta.get("email_routing").is_some_and(|on| on == true) {
            return refuse(
                1046,
                "This record is managed by Email Routing. Disable Email Routing to modify or remove it.",
            );
        }
        if record.meta.get("read_only").is_some_and(|on| on == true) {
            return refuse(1043, "This record is read only.");
        }
        let index = self.records.iter().position(|record| record.id == id);
        index.ok_or_else(|| Refusal::new(404, 81044, "Record does not exist."))
    }

    pub(super) fn create(&mut self, body: &Value) -> Result<&Record, Refusal> {
        let now = self.now();
        let id = format!("{:08x}{:024x}", self.moves, self.records.len() + 1);
        let blank = Record {
            id,
            name: String::new(),
            rtype: String::new(),
            content: String::new(),
            data: None,
            priority: None,
            ttl: 1,
            proxied: false,
            comment: None,
            tags: Vec::new(),
            settings: Map::new(),
            private_routing: None,
            meta: Map::new(),
            more: Map::new(),
            created_on: now.clone(),
            modified_on: now,
        };
        let record = self.checked(blank, body)?;
        self.records.push(record);
        self.records.last().ok_or_else(|| Refusal::new(500, 1, "lost"))
    }

    /// All that is not said takes its default.
    pub(super) fn overwrite(&mut self, id: &str, body: &Value) -> Result<&Record, Refusal> {
        let index = self.writable(id)?;
        let was = self.records[index].clone();
        let Record { name, rtype, content, data, priority, .. } = was.clone();
        let bare = Record {
            ttl: 1,
            proxied: false,
            comment: None,
            tags: Vec::new(),
            settings: Map::new(),
            private_routing: None,
            name,
            rtype,
            content,
            data,
            priority,
            ..was
        };
        for needed in ["name", "type"] {
            if body.get(needed).is_none() {
                return refuse(9000, format!("{needed} is required"));
            }
        }
        self.replace(index, bare, body)
    }

    /// All that is not said stays.
    pub(super) fn patch(&mut self, id: &str, body: &Value) -> Result<&Record, Refusal> {
        let index = self.writable(id)?;
        let was = self.records[index].clone();
        self.replace(index, was, body)
    }

    fn replace(&mut self, index: usize, base: Record, body: &Value) -> Result<&Record, Refusal> {
        let was = self.records.remove(index);
        let checked = self.checked(base, body);
        match checked {
            Ok(mut record) => {
                record.modified_on = self.now();
                self.records.insert(index, record);
                Ok(&self.records[index])
            }
            Err(refusal) => {
                self.records.insert(index, was);
                Err(refusal)
            }
        }
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<Record, Refusal> {
        let index = self.writable(id)?;
        self.moves += 1;
        Ok(self.records.remove(index))
    }

    /// Deletes, patches, puts, posts, each in the order given; whoever calls this forgets what it did
    /// where any of them fails.
    pub(super) fn batch(&mut self, body: &Value) -> Result<Value, Refusal> {
        let list = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let id = |of: &Value| of.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let lists = ["deletes", "patches", "puts", "posts"].map(list);
        let limit = if self.plan == "free" { 200 } else { 3_500 };
        let count: usize = lists.iter().map(Vec::len).sum();
        if count == 0 || count > limit {
            return refuse(1004, format!("a batch takes 1 to {limit} operations, not {count}"));
        }
        let [deletes, patches, puts, posts] = lists;
        let mut result = json!({});
        let mut done: Vec<Value> = Vec::new();
        for one in &deletes {
            done.push(self.delete(&id(one))?.json());
        }
        result["deletes"] = json!(std::mem::take(&mut done));
        for one in &patches {
            done.push(self.patch(&id(one), one)?.json());
        }
        result["patches"] = json!(std::mem::take(&mut done));
        for one in &puts {
            done.push(self.overwrite(&id(one), one)?.json());
        }
        result["puts"] = json!(std::mem::take(&mut done));
        for one in &posts {
            done.push(self.create(one)?.json());
        }
        result["posts"] = json!(done);
        Ok(result)
    }
}
