//! Links in answers.

use super::{Http, shown};
use reqwest::Url;

impl Http {
    /// The path that a link in an answer leads to.
    ///
    /// # Errors
    /// A link to another host, which would get what proves who asks, and one that leads out of the API; in
    /// words.
    pub fn path_of(&self, link: &str) -> Result<String, String> {
        path_below(&self.base, link)
            .map_err(|what| format!("the link to the next page {what}: {}", shown(link)))
    }
}

fn path_below(base: &str, link: &str) -> Result<String, &'static str> {
    let base = Url::parse(base).map_err(|_| "cannot be compared with `url`")?;
    let url = Url::parse(link).map_err(|_| "is no URL")?;
    let has_name = !url.username().is_empty() || url.password().is_some();
    if url.origin() != base.origin() || has_name {
        return Err("leads to another host, which would get the token");
    }
    let below = url.path().strip_prefix(base.path().trim_end_matches('/'));
    let path = below.filter(|path| path.starts_with('/')).ok_or("leads out of `url`")?;
    Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_below_the_api_is_its_path_and_query() {
        let path = |link| path_below("https://api.example/v1/", link);
        assert_eq!(path("https://api.example/v1/zones?page=2").as_deref(), Ok("/zones?page=2"));
        assert_eq!(path("https://API.example:443/v1/zones").as_deref(), Ok("/zones"));
        assert_eq!(path_below("https://api.example", "https://api.example/a").as_deref(), Ok("/a"));
    }

    #[test]
    fn a_link_elsewhere_is_not_followed() {
        for (link, why) in [
            ("https://api.example.net/v1/zones", "another host"),
            ("http://api.example/v1/zones", "another host"),
            ("https://api.example:8443/v1/zones", "another host"),
            ("https://me@api.example/v1/zones", "another host"),
            ("file:///v1/zones", "another host"),
            ("https://api.example/v2/zones", "out of `url`"),
            ("https://api.example/v1/../v2", "out of `url`"),
            ("https://api.example/v10/zones", "out of `url`"),
            ("/v1/zones", "no URL"),
        ] {
            let end = path_below("https://api.example/v1", link);
            assert!(end.is_err_and(|words| words.contains(why)), "{link}");
        }
    }
}
